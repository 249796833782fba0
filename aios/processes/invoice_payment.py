"""An invoice paid: by a transfer through the gate, or by the owner, who says so; then in the books."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Connection

from aios.banking.transfer import MOST, latin
from aios.billing.projection import SETTLED_BY_BANK
from aios.billing.received import ReceivedInvoice, payment_key
from aios.books.entry import Draft, posting
from aios.decisions.decisions import INVOICE, Question
from aios.decisions.shown import Impact, Shown
from aios.effects.gate import Proposal
from aios.effects.ledger import Effect
from aios.errors import ApprovalRequired
from aios.events.catalog import InvoicePaid
from aios.invoices.codes import DEBITS
from aios.invoices.numbers import valid
from aios.money import Money
from aios.processes.context import StepContext
from aios.processes.invoice import Examined, InvoiceBooking, InvoiceFields, InvoicePayment, PayTo
from aios.processes.invoice_shown import checks_of, evidence_of, subject_of, warnings_of

CAME_BACK = "its transfer was taken back, or came back from the bank."
CHANGED = "The account to pay to has changed, and only you can find out whether that is true."


@dataclass(frozen=True)
class Asked(Examined):
    """An invoice to be paid, and how it is booked. `owed` is what no statement shows as paid, in minor units."""

    booking: InvoiceBooking
    owed: int = 0


def pay(step: StepContext, asked: Asked) -> InvoicePayment:
    """How it was paid. Raises `Blocked` until it is: by a transfer that a rule or the owner allows, or by the owner.

    A payment that a bank's statement shows counts too, also one of a part.
    """
    received = step.kernel.billing.received
    with step.kernel.database.read() as connection:
        known = received.get(connection, step.case.id)
        asked = replace(asked, owed=received.owed(connection, known))
        came_back = received.times_unpaid(connection, step.case.id) > 0
    if known.paid_on and known.paid_by == "owner":
        return _by_owner(step, asked, known)
    if known.paid_on and known.paid_by == SETTLED_BY_BANK:
        step.close("paid")
        return _paid(asked, how="bank", on=known.paid_on)
    if outcome := _nothing_to_do(asked.fields):
        step.close(outcome)
        return _paid(asked, how="nothing")
    way, obstacle = (None, CAME_BACK) if came_back else _way(step, asked)
    if way is None:
        _ask_to_pay(step, asked, obstacle)
        raise ApprovalRequired(f"It is for the owner to pay: {obstacle}")
    effect = step.effect(_proposal(step, asked, way))
    return _by_transfer(step, asked, effect)


def _nothing_to_do(fields: InvoiceFields) -> str:
    """Why nothing is to be paid; empty where something is."""
    if fields.credit or fields.payable <= 0:
        return "nothing to pay"
    return "direct debit" if fields.pay_to and all(each.means in DEBITS for each in fields.pay_to) else ""


def _way(step: StepContext, asked: Asked) -> tuple[PayTo | None, str]:
    """The account to pay to, the known one first; or why no transfer can be written."""
    settings, fields = step.kernel.settings, asked.fields
    usable = [each for each in fields.pay_to if valid("iban", each.iban)]
    usable.sort(key=lambda each: each.iban not in asked.match.accounts_before)
    if not settings.aios_bank_iban:
        return None, "no account of yours is set (AIOS_BANK_IBAN)."
    if fields.currency != "EUR" or asked.owed > MOST:
        return None, "SEPA does not move this sum."
    if not usable:
        return None, "it names no account with a valid IBAN."
    if not latin(usable[0].name or fields.supplier.name, 70):
        return None, "SEPA cannot write the supplier's name."
    return usable[0], ""


def _proposal(step: StepContext, asked: Asked, way: PayTo) -> Proposal:
    settings, fields, key = step.kernel.settings, asked.fields, payment_key(step.case.id)
    own = settings.aios_bank_name or settings.aios_business_name or settings.aios_owner_name
    payee = {"name": (way.name or fields.supplier.name)[:200], "iban": way.iban, "bic": _bic(way.bic)}
    text = (fields.reference or f"{fields.number} {fields.issued}".strip())[:140]
    request = {
        "payer": {"name": own[:200], "iban": settings.aios_bank_iban, "bic": settings.aios_bank_bic},
        "payee": payee,
        "cents": asked.owed,
        "text": text,
        "due": fields.due,
    }
    parsed = step.kernel.connectors.parse("bank_transfer", "pay", request).model_dump(mode="json")
    return Proposal(
        key=key,
        case_id=step.case.id,
        step=step.step,
        connector="bank_transfer",
        operation="pay",
        request=parsed,
        inputs=step.inputs,
        shown=_shown(step, asked, parsed, way.iban),
        subject=subject_of(step, "payment.transfer", key, fields, asked.match, text),
        run_id=step.run_id,
        must_ask=CHANGED if "bank_changed" in asked.match.flags else "",
    )


def _bic(bic: str) -> str:
    return bic if bic and valid("bic", bic) else ""


def _shown(step: StepContext, asked: Asked, request: dict[str, object], iban: str) -> Shown:
    fields, match = asked.fields, asked.match
    sum_ = Money(asked.owed, fields.currency)
    return Shown(
        title=f"Pay {match.supplier or 'somebody'}: {fields.number}, {sum_}"[:200],
        summary=f"Approve: a transfer of {sum_} to {iban} is written for your bank. Reject: it is not paid, and stays "
        "booked as owed.",
        evidence=evidence_of(step, asked.file, fields, match),
        proposal=request,
        editable=("text", "due"),
        warnings=warnings_of(asked.checks, match),
        checks=checks_of(fields, asked.checks, match),
        confidence=fields.confidence,
        impact=Impact(
            people=1,
            amount_minor=asked.owed,
            currency=fields.currency,
            reversible="The file can be taken back until you have picked it up for the bank.",
            mode=step.kernel.settings.aios_mode,
        ),
        provenance={"format": fields.source, "booked": asked.booking.number, "inputs": step.inputs},
    )


def _ask_to_pay(step: StepContext, asked: Asked, obstacle: str) -> None:
    fields, match = asked.fields, asked.match
    sum_ = Money(asked.owed, fields.currency)
    accounts = ", ".join(fields.ibans) or "no account is named"
    shown = Shown(
        title=f"Have you paid {match.supplier or 'somebody'}? {fields.number}, {sum_}"[:200],
        summary=f"No transfer can be written: {obstacle} Pay it from your bank, then approve. Reject: it is not paid.",
        evidence=evidence_of(step, asked.file, fields, match),
        proposal={"to": match.supplier, "accounts": accounts, "sum": str(sum_), "due": fields.due},
        warnings=warnings_of(asked.checks, match),
        checks=checks_of(fields, asked.checks, match),
        confidence=fields.confidence,
        impact=Impact(amount_minor=asked.owed, currency=fields.currency, mode=step.kernel.settings.aios_mode),
    )
    question = Question(INVOICE, shown, step.case.id, step.step, "", step.inputs, "no-transfer")
    with step.kernel.database.write() as tx:
        step.kernel.decisions.open(tx, question, step.kernel.policies.current().decision_ttl)


def _by_owner(step: StepContext, asked: Asked, known: ReceivedInvoice) -> InvoicePayment:
    """The owner has paid; what was still proposed to pay it does not go out."""
    with step.kernel.database.write() as tx:
        step.kernel.gate.cancel(tx, step.case.id, "the owner has paid it")
        entry = _enter(step, tx, asked, known.paid_on)
    step.close("paid")
    return _paid(asked, how="owner", on=known.paid_on, iban=known.paid_iban, entry=entry)


def _by_transfer(step: StepContext, asked: Asked, effect: Effect) -> InvoicePayment:
    fields, receipt, request = asked.fields, effect.receipt or {}, _request(step, effect)
    asked = replace(asked, owed=int(request["cents"]))
    today = step.kernel.clock.now().date().isoformat()
    on, iban = str(receipt.get("on", "")) or today, str(request["payee"]["iban"])
    with step.kernel.database.write() as tx:
        paid = InvoicePaid(by="transfer", on=on, iban=iban, minor=asked.owed, currency=fields.currency)
        step.kernel.billing.received.pay(tx, step.case.id, paid)
        entry = _enter(step, tx, asked, on)
    step.close("paid")
    file = str(receipt.get("file", ""))
    done = _paid(asked, how="transfer", on=on, iban=iban, entry=entry)
    return done.model_copy(update={"effect_key": effect.key, "mode": effect.mode, "file": file})


def _request(step: StepContext, effect: Effect) -> dict[str, Any]:
    """What the bank was asked for, which counts whatever is known of the invoice since."""
    from aios.database import blobs

    with step.kernel.database.read() as connection:
        return blobs.get_json(connection, effect.request)


def _enter(step: StepContext, tx: Connection, asked: Asked, on: str) -> str:
    """What we owed is on its way; a statement of the bank brings it to an end."""
    roles, fields = step.kernel.books.chart.roles, asked.fields
    draft = Draft(
        key=step.kernel.billing.received.entry_key(tx, step.case.id),
        day=on,
        text=f"Paid: {asked.booking.text}"[:200],
        document=fields.number[:200],
        currency=fields.currency,
        postings=posting(roles.payable, roles.transit, asked.owed),
    )
    return step.kernel.books.book(tx, draft, step.case.id).key


def _paid(asked: Asked, *, how: str, on: str = "", iban: str = "", entry: str = "") -> InvoicePayment:
    return InvoicePayment(
        how=how,
        effect_key="",
        mode="",
        file="",
        on=on,
        iban=iban,
        minor=asked.owed if how in ("transfer", "owner") else 0,
        currency=asked.fields.currency,
        entry=entry,
    )
