"""A reminder sent, once for each step of an invoice; not any more once the invoice is paid, disputed or taken back."""

from aios.billing.dunning import CHANGED, REMINDED
from aios.decisions.shown import Evidence
from aios.effects import ledger
from aios.errors import ApprovalRequired, Blocked
from aios.money import Money
from aios.processes.context import StepContext
from aios.processes.invoice_mail import InvoiceMail, message_id, proposal_of
from aios.processes.reminder import Reminder, ReminderSent, reminder_key


def send(step: StepContext, reminder: Reminder) -> ReminderSent:
    """The mail, sent once. What has been settled meanwhile ends the case, and what was asked is void."""
    if why := _stopped(step, reminder):
        step.close(why)
        return ReminderSent(why_not=f"The invoice is {why}.")
    if not reminder.to:
        raise ApprovalRequired("Nobody knows their mail address; remind them by phone or post, then cancel the case.")
    effect = step.effect(proposal_of(step, _mail(reminder)))
    step.close(REMINDED)
    return ReminderSent(effect_key=effect.key, mode=effect.mode, message_id=message_id(effect))


def _stopped(step: StepContext, reminder: Reminder) -> str:
    """Why it must not go out; raises `Blocked` where it is to be written anew, because another sum is open now."""
    dunning, today = step.kernel.billing.dunning, step.kernel.clock.now().date()
    with step.kernel.database.write() as tx:
        effect = ledger.find(tx, reminder_key(reminder.invoice, reminder.level))
        if effect and (effect.done or effect.state in ledger.UNDER_WAY):
            return ""
        if why := dunning.objection(tx, reminder.invoice, today):
            step.kernel.gate.cancel(tx, step.case.id, f"the invoice is {why}")
            return why
        item = dunning.item(tx, reminder.invoice, today)
        if item and item.open == reminder.open:
            return ""
        step.kernel.cases.continue_(tx, step.case.id, "reminder", CHANGED)
    raise Blocked(f"It is written anew: {CHANGED}.")


def _mail(reminder: Reminder) -> InvoiceMail:
    currency = reminder.currency
    about = Money(reminder.total, currency)
    added = [f"interest {Money(reminder.interest, currency)}"] if reminder.interest else []
    added += [f"fees {Money(reminder.fees, currency)}"] if reminder.fees else []
    return InvoiceMail(
        key=reminder_key(reminder.invoice, reminder.level),
        to=reminder.to,
        subject=reminder.subject,
        text=reminder.text,
        files=reminder.files,
        about=about,
        title=f"Remind {reminder.customer} of {reminder.number}: {about}",
        summary=f"{reminder.number} was due on {reminder.due}, {reminder.days} days before {reminder.on}. This is step "
        f"{reminder.level} of {reminder.steps}, {reminder.tone}. When it is paid or disputed, this question is void.",
        evidence=(
            Evidence(
                label="Customer",
                text=reminder.customer,
                source="contact" if reminder.contact_id else "",
                link=f"/contacts/{reminder.contact_id}" if reminder.contact_id else "",
            ),
            Evidence(
                label="Owed",
                text=", ".join(
                    [f"{Money(reminder.open, currency)} of {Money(reminder.payable, currency)} is open", *added]
                ),
                source="books",
                link="/books",
            ),
        ),
        provenance={"invoice": reminder.number},
        flags=(reminder.tone,),
    )
