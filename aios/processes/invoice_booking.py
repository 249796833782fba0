"""An invoice in the books: entered where policy or the owner says so, and taken back where it was wrong."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from aios.billing.bookings import expense_of, standing_booking
from aios.books.entry import Draft, Entry
from aios.books.exports import number_of
from aios.books.incoming import Incoming, TaxPart, account_for, postings_of
from aios.database import blobs
from aios.decisions.decisions import INVOICE, Question
from aios.decisions.shown import Change, Impact, Shown
from aios.errors import ApprovalRequired, PolicyDenied
from aios.money import Money
from aios.policies.rules import evaluate
from aios.policies.verdict import Verdict
from aios.processes.context import StepContext
from aios.processes.invoice import Examined, IncomingFile, InvoiceBooking, InvoiceFields, InvoiceMatch
from aios.processes.invoice_shown import checks_of, evidence_of, subject_of, warnings_of

OLDEST, NEWEST = timedelta(days=3650), timedelta(days=366)
"""Days that lie further from the day it came are no invoice dates; it is then booked on the day it came."""

LOOK_BACK = 3
"""Earlier invoices of the supplier whose account of expenses counts."""


@dataclass(frozen=True)
class ToBook(Examined):
    """An invoice to be booked: as what, on which account of expenses; and the entry that holds so far."""

    draft: Draft
    account: str
    standing: Entry | None


def book(step: StepContext, examined: Examined) -> InvoiceBooking:
    """The entry of the invoice. Raises `ApprovalRequired` until the owner has said yes to it, where policy asks."""
    with step.kernel.database.read() as connection:
        standing, count = standing_booking(step.kernel.books, connection, step.case.id)
        account = _account(step, connection, examined.fields, examined.match, standing)
    draft = draft_of(step, examined.file, examined.fields, account, f"/{count + 1}" if count else "")
    if standing and (standing.postings, standing.currency) == (draft.postings, draft.currency):
        return _booked(standing, account, _before(step, standing))
    if step.answered(INVOICE) is None and (draft.postings or standing):
        _must_be_allowed(step, ToBook(**vars(examined), draft=draft, account=account, standing=standing))
    with step.kernel.database.write() as tx:
        if standing:
            step.kernel.books.take_back(tx, standing.key, f"Taken back: {standing.text}"[:200])
        entry = step.kernel.books.book(tx, draft, step.case.id) if draft.postings else None
    return _booked(entry or draft, account, standing.key if standing else "")


def _before(step: StepContext, standing: Entry) -> str:
    """The key of the entry before the one that holds, as the artifact keeps it."""
    number = standing.key.rpartition("/")[2]
    if not number.isdecimal():
        return ""
    base = f"{step.case.id}/booking"
    return base if number == "2" else f"{base}/{int(number) - 1}"


def _account(
    step: StepContext, connection: Connection, fields: InvoiceFields, match: InvoiceMatch, standing: Entry | None
) -> str:
    """What the owner chose, else as it is booked, else as this supplier's last invoice was."""
    yes = step.answered(INVOICE)
    edits: dict[str, Any] = blobs.get_json(connection, yes.edits_blob) if yes and yes.edits_blob else {}
    if edits.get("account"):
        return str(edits["account"])
    books, received = step.kernel.books, step.kernel.billing.received
    mine = received.get(connection, step.case.id)
    cases = [each.case_id for each in received.same_supplier(connection, mine, step.case.id)[:LOOK_BACK]]
    booked = [entry for case_id in cases if (entry := standing_booking(books, connection, case_id)[0])]
    expenses = [expense_of(each, books.chart.roles.payable) for each in ([standing] if standing else booked)]
    words = (match.supplier, *(line.name for line in fields.lines))
    return account_for(books.chart, words, expenses)


def draft_of(step: StepContext, file: IncomingFile, fields: InvoiceFields, account: str, nth: str) -> Draft:
    """The entry of the invoice on that account, as the chart is now; `nth` tells it from those before it."""
    parts = tuple(TaxPart(each.category, each.rate, each.basis, each.amount) for each in fields.taxes)
    asked = Incoming(fields.gross, parts, fields.rounding, fields.credit)
    kind = "credit note" if fields.credit else "invoice"
    return Draft(
        key=f"{step.case.id}/booking{nth}",
        day=_day(fields.issued, file.received_on),
        text=f"{fields.supplier.name}: {kind} {fields.number}".strip(": ")[:200],
        document=fields.number[:200],
        currency=fields.currency,
        postings=postings_of(asked, step.kernel.books.chart, account),
    )


def _day(issued: str, received: str) -> str:
    came = date.fromisoformat(received)
    try:
        said = date.fromisoformat(issued)
    except ValueError:
        return received
    return issued if -OLDEST <= said - came <= NEWEST else received


def _must_be_allowed(step: StepContext, asked: ToBook) -> None:
    """Raise unless a rule allows it; where rules ask, the owner finds the question in the queue."""
    policy = step.kernel.policies.current()
    verdict = evaluate(policy, subject_of(step, "booking.enter", asked.draft.key, asked.fields, asked.match))
    if asked.standing and verdict.outcome == "allow":
        verdict = Verdict("ask", verdict.rule, "It is booked otherwise already; a yes books a correction.")
    if verdict.outcome == "allow":
        step.provenance["rule"] = verdict.rule
        return
    if verdict.outcome == "deny":
        raise PolicyDenied(f"Rule {verdict.rule} forbids to book it: {verdict.reason}", "Change the rule, then retry.")
    shown = _shown(step, asked, verdict)
    question = Question(INVOICE, shown, step.case.id, step.step, "", step.inputs, verdict.rule)
    with step.kernel.database.write() as tx:
        step.kernel.decisions.open(tx, question, policy.decision_ttl)
    raise ApprovalRequired("The owner says first whether the invoice is right.")


def _shown(step: StepContext, asked: ToBook, verdict: Verdict) -> Shown:
    chart, fields, match = step.kernel.books.chart, asked.fields, asked.match
    sum_ = Money(fields.gross, fields.currency)
    return Shown(
        title=f"Is it right? {match.supplier or 'Somebody'}: {fields.number}, {sum_}"[:200],
        summary="Approve: it is booked as below, and then comes the question whether to pay it. Edit: on another "
        "account. Reject: it is not booked and not paid.",
        evidence=evidence_of(step, asked.file, fields, match),
        proposal={
            "account": asked.account,
            "supplier": match.supplier,
            "number": fields.number,
            "total": str(sum_),
            "entry": lines_of(asked.draft, step),
        },
        editable=("account",),
        diff=_diff(asked.standing, asked.draft, step),
        diff_against="what is booked",
        warnings=(verdict.reason, *warnings_of(asked.checks, match)),
        checks=checks_of(fields, asked.checks, match),
        confidence=fields.confidence,
        impact=Impact(
            amount_minor=fields.gross,
            currency=fields.currency,
            reversible="An entry is corrected by another one: aios ledger correct.",
            mode=step.kernel.settings.aios_mode,
        ),
        provenance={"format": fields.source, "account name": chart.name(asked.account), "inputs": step.inputs},
    )


def _diff(standing: Entry | None, draft: Draft, step: StepContext) -> tuple[Change, ...]:
    if standing is None:
        return ()
    return (Change(field="entry", before="\n".join(lines_of(standing, step)), after="\n".join(lines_of(draft, step))),)


def lines_of(entry: Draft | Entry, step: StepContext) -> list[str]:
    """An entry as people read it: a line for each posting."""
    chart = step.kernel.books.chart
    return [
        f"{each.debit} {chart.name(each.debit)} ← {each.credit} {chart.name(each.credit)}: "
        f"{Money(each.minor, entry.currency)}"
        for each in entry.postings
    ]


def _booked(entry: Entry | Draft, account: str, corrected: str) -> InvoiceBooking:
    """The entry as an artifact; one without postings, of an invoice over nothing, is in no book and has no number."""
    return InvoiceBooking(
        key=entry.key,
        number=number_of(entry) if isinstance(entry, Entry) else "",
        day=entry.day,
        account=account,
        currency=entry.currency,
        postings=entry.postings,
        text=entry.text,
        corrected=corrected,
    )
