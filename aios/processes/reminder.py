"""What an overdue invoice of ours is reminded of with: what is owed by now, in the words of its step."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy.engine import Connection

from aios.billing.dunning import REMINDED, interest_of
from aios.billing.issued import IssuedInvoice
from aios.billing.open_items import OpenItem
from aios.connectors.mail.attachment import MailAttachment
from aios.database import blobs
from aios.effects import ledger
from aios.events.catalog import ReminderDue
from aios.invoices.reader import read_xml
from aios.invoices.wording import language_for
from aios.money import to_minor
from aios.policies.schema import ReminderStep
from aios.processes.bill_draft import email_of
from aios.processes.bill_issue import attached
from aios.processes.context import StepContext
from aios.processes.reminder_words import Words, subject_of, text_of


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reminder(_Output):
    """A reminder: sums in minor units, `interest` for the days from `due` to `on`, `total` with fees and interest.

    `settled` says why nothing is to be sent any more, such as `paid`; it is then empty otherwise.
    """

    invoice: str
    number: str
    level: int
    steps: int
    tone: str = ""
    customer: str = ""
    contact_id: str = ""
    currency: str = ""
    payable: int = 0
    open: int = 0
    due: str = ""
    on: str = ""
    days: int = 0
    interest: int = 0
    fees: int = 0
    total: int = 0
    to: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    files: tuple[MailAttachment, ...] = ()
    settled: str = ""


class ReminderSent(_Output):
    """The reminder that went out; without an `effect_key` none did, and `why_not` says why."""

    effect_key: str = ""
    mode: str = ""
    message_id: str = ""
    why_not: str = ""


def remind(step: StepContext) -> Reminder:
    """The reminder as it is to go out, or why there is none any more."""
    said = step.trigger.payload
    assert isinstance(said, ReminderDue), step.trigger.type
    policy, dunning = step.kernel.policies.current().reminders, step.kernel.billing.dunning
    today = step.kernel.clock.now().date()
    with step.kernel.database.write() as tx:
        if (before := _sent(step, tx, said)) is not None:
            return before
        item, settled = dunning.item(tx, said.invoice, today), dunning.objection(tx, said.invoice, today)
        if said.level > len(policy.steps):
            settled = settled or "no such step"
        if item is None or settled:
            step.close(settled or "paid")
            return Reminder(
                invoice=said.invoice, number=said.number, level=said.level, steps=len(policy.steps),
                settled=settled or "paid",
            )  # fmt: skip
        invoice = step.kernel.billing.issued.get(tx, said.invoice)
        step.kernel.cases.name(
            tx, step.case.id, contact_id=invoice.contact_id, title=f"Reminder {said.level} of {item.name}: {item.party}"
        )
        return _reminder(step, tx, said, item, invoice, today)


def reminder_key(invoice: str, level: int) -> str:
    """The key of the one reminder of a step of an invoice."""
    return f"mail.send/reminder/{invoice}/{level}"


def _sent(step: StepContext, tx: Connection, said: ReminderDue) -> Reminder | None:
    """The reminder as it went out: what happens to the invoice afterwards does not change it."""
    effect = ledger.find(tx, reminder_key(said.invoice, said.level))
    artifact = step.kernel.artifacts.latest(tx, step.case.id, step.step) if effect and effect.done else None
    return Reminder.model_validate(step.kernel.artifacts.content(tx, artifact)) if artifact else None


def _reminder(
    step: StepContext, tx: Connection, said: ReminderDue, item: OpenItem, invoice: IssuedInvoice, on: date
) -> Reminder:
    policy = step.kernel.policies.current().reminders
    rule = policy.steps[said.level - 1]
    due = date.fromisoformat(item.due)
    interest = interest_of(item.open, policy.interest, due, on) if rule.interest else 0
    fees = _fees(step, tx, said, item.currency, policy.steps)
    files = step.kernel.billing.issued.files(tx, invoice)
    draft = read_xml(files.ubl).invoice
    given = Reminder(
        invoice=said.invoice,
        number=item.name,
        level=said.level,
        steps=len(policy.steps),
        tone=rule.tone,
        customer=item.party,
        contact_id=invoice.contact_id,
        currency=item.currency,
        payable=item.payable,
        open=item.open,
        due=item.due,
        on=on.isoformat(),
        days=(on - due).days,
        interest=interest,
        fees=fees,
        total=item.open + interest + fees,
        to=_sent_to(tx, said.invoice) or tuple(filter(None, [email_of(draft)])),
        files=attached(invoice, len(files.pdf), len(files.ubl))[:1],
    )
    settings = step.kernel.settings
    owner = "\n".join(dict.fromkeys(filter(None, (settings.aios_owner_name, settings.aios_business_name))))
    iban = next((each.iban for each in draft.payments if each.iban), "")
    words = Words(
        language_for(draft.buyer.address.country), rule.tone, item.name, item.currency, item.payable, item.open,
        interest, fees, due, invoice.issued, (on - due).days, iban, owner,
    )  # fmt: skip
    return given.model_copy(update={"subject": subject_of(words), "text": text_of(words)})


def _fees(step: StepContext, tx: Connection, said: ReminderDue, currency: str, steps: tuple[ReminderStep, ...]) -> int:
    """The fee of this step, and those of the earlier ones that went out."""
    before = step.kernel.billing.dunning.reminded(tx, said.invoice)
    went = [each.level for each in before if each.level < said.level and each.case.outcome == REMINDED]
    return sum(to_minor(steps[level - 1].fee, currency) for level in (*went, said.level) if level <= len(steps))


def _sent_to(tx: Connection, key: str) -> tuple[str, ...]:
    """Whom the invoice itself went to."""
    sent = ledger.find(tx, f"mail.send/{key}/invoice")
    request: dict[str, Any] = blobs.find_json(tx, sent.request, {}) if sent and sent.done else {}
    return tuple(str(each) for each in request.get("to", ()))
