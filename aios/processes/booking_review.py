"""What the rules would book now for the invoices of a month, against what is booked.

The rules are chart, hints and policies as they are today. Nothing is booked by looking.

The accounts that the owner chose stay chosen. Where the rule is to follow a supplier's earlier invoices, it follows
what they would be booked on now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from aios.billing.bookings import BOOKING, expense_of, standing_booking
from aios.billing.rebooking import STEP, Correction, Proposed
from aios.books.entry import Entry
from aios.books.exports import number_of
from aios.books.incoming import account_for
from aios.database import blobs
from aios.decisions.decisions import INVOICE
from aios.finance.month import Month
from aios.kernel import Kernel
from aios.policies.rules import evaluate
from aios.processes.context import StepContext
from aios.processes.invoice import IncomingFile, InvoiceFields, InvoiceMatch
from aios.processes.invoice_booking import LOOK_BACK, draft_of, lines_of
from aios.processes.invoice_shown import subject_of


@dataclass(frozen=True)
class Reviewed:
    """An invoice of the month: how it is booked, how the rules would book it now, and whether they would ask first.

    `before` and `after` have a line for each posting; `account` is that of expenses, `outcome` the verdict now.
    """

    case_id: str
    number: str
    supplier: str
    document: str
    day: str
    currency: str
    account_before: str
    account_after: str
    before: str
    after: str
    changes: bool
    outcome: str
    rule: str


@dataclass(frozen=True)
class _Known:
    """What the steps of a case have made of its invoice, and the entry of it that holds."""

    case_id: str
    entry: Entry
    file: IncomingFile
    fields: InvoiceFields
    match: InvoiceMatch
    step: StepContext


def review(kernel: Kernel, connection: Connection, month: Month) -> list[Reviewed]:
    """The invoices that were first booked in the month, in the order of their entries."""
    return [_reviewed(known, account) for known, account in _ruled(kernel, connection, month)]


def corrections(kernel: Kernel, connection: Connection, month: Month) -> list[Proposed]:
    """What is to be corrected so that the month is booked as the rules would book it now."""
    found: list[Proposed] = []
    for known, account in _ruled(kernel, connection, month):
        draft = draft_of(known.step, known.file, known.fields, account, "")
        if draft.postings != known.entry.postings and draft.postings:
            wanted = Correction(
                case_id=known.case_id, key=known.entry.key, text=known.entry.text, postings=draft.postings
            )
            found.append(Proposed(wanted, lines_of(known.entry, known.step), lines_of(draft, known.step)))
    return found


def _ruled(kernel: Kernel, connection: Connection, month: Month) -> Iterator[tuple[_Known, str]]:
    """Each invoice of the month whose entry holds and whose content is known, with its account by the rules."""
    first, last = month.first.isoformat(), month.last.isoformat()
    booked = kernel.books.entries(connection, after=first, until=last, limit=None)
    accounts: dict[str, str] = {}
    for entry in booked:
        if entry.key != f"{entry.case_id}{BOOKING}" or entry.corrects:
            continue
        if known := _known(kernel, connection, entry.case_id):
            yield known, _account(kernel, connection, known, accounts)


def _known(kernel: Kernel, connection: Connection, case_id: str) -> _Known | None:
    """What is known of the case's invoice; None where its entry was taken back, or it was forgotten."""
    entry, _ = standing_booking(kernel.books, connection, case_id)
    if entry is None:
        return None
    made: dict[str, Any] = {}
    for name in ("invoice", "invoice_fields", "invoice_match"):
        artifact = kernel.artifacts.newest(connection, case_id, name)
        made[name] = blobs.find_json(connection, artifact.blob, {}) if artifact else {}
        if not made[name]:
            return None
    case = kernel.cases.get(connection, case_id)
    step = StepContext(kernel, case, kernel.log.get(connection, case.trigger), STEP, "review")
    return _Known(
        case_id,
        entry,
        IncomingFile.model_validate(made["invoice"]),
        InvoiceFields.model_validate(made["invoice_fields"]),
        InvoiceMatch.model_validate(made["invoice_match"]),
        step,
    )


def _account(kernel: Kernel, connection: Connection, known: _Known, accounts: dict[str, str]) -> str:
    """The account by the rules as they are now, found for the supplier's invoices from the oldest on."""
    mine = kernel.billing.received.get(connection, known.case_id)
    line = [*kernel.billing.received.same_supplier(connection, mine, known.case_id), mine]
    line = sorted((each for each in line if each.first <= mine.first), key=lambda each: each.first)
    done: list[str] = []
    for each in line:
        if each.case_id not in accounts:
            own = known if each.case_id == known.case_id else _known(kernel, connection, each.case_id)
            accounts[each.case_id] = _by_rule(kernel, connection, own, done) if own else ""
        if accounts[each.case_id]:
            done.append(accounts[each.case_id])
    return accounts[known.case_id]


def _by_rule(kernel: Kernel, connection: Connection, known: _Known, before: Sequence[str]) -> str:
    if chosen := _chosen(kernel, connection, known.case_id):
        return chosen
    words = (known.match.supplier, *(line.name for line in known.fields.lines))
    return account_for(kernel.books.chart, words, list(reversed(before))[:LOOK_BACK])


def _chosen(kernel: Kernel, connection: Connection, case_id: str) -> str:
    """The account that the owner chose for the invoice; empty where it was left to the rules."""
    asked = kernel.decisions.list(connection, case_id=case_id, kind=INVOICE, status="edited")
    edits: list[Mapping[str, Any]] = [blobs.find_json(connection, each.edits_blob, {}) for each in asked]
    return next((str(each["account"]) for each in reversed(edits) if each.get("account")), "")


def _reviewed(known: _Known, account: str) -> Reviewed:
    step, entry = known.step, known.entry
    draft = draft_of(step, known.file, known.fields, account, "")
    subject = subject_of(step, "booking.enter", draft.key, known.fields, known.match)
    verdict = evaluate(step.kernel.policies.current(), subject)
    return Reviewed(
        case_id=known.case_id,
        number=number_of(entry),
        supplier=known.match.supplier,
        document=entry.document,
        day=entry.day,
        currency=entry.currency,
        account_before=expense_of(entry, step.kernel.books.chart.roles.payable),
        account_after=account,
        before="\n".join(lines_of(entry, step)),
        after="\n".join(lines_of(draft, step)),
        changes=bool(draft.postings) and draft.postings != entry.postings,
        outcome=verdict.outcome,
        rule=verdict.rule,
    )
