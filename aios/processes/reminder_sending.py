"""A reminder sent, once for each step of an invoice; not any more once the invoice is paid, disputed or taken back."""

from typing import Any

from aios.billing.dunning import CHANGED, REMINDED
from aios.decisions.shown import Evidence, Impact, Shown
from aios.effects import ledger
from aios.effects.gate import Proposal
from aios.errors import ApprovalRequired, Blocked
from aios.money import Money
from aios.policies.verdict import Subject
from aios.processes.context import StepContext
from aios.processes.reminder import Reminder, ReminderSent, reminder_key


def send(step: StepContext, reminder: Reminder) -> ReminderSent:
    """The mail, sent once. What has been settled meanwhile ends the case, and what was asked is void."""
    if why := _stopped(step, reminder):
        step.close(why)
        return ReminderSent(why_not=f"The invoice is {why}.")
    if not reminder.to:
        raise ApprovalRequired("Nobody knows their mail address; remind them by phone or post, then cancel the case.")
    effect = step.effect(_proposal(step, reminder))
    step.close(REMINDED)
    message_id = str((effect.receipt or {}).get("message_id", ""))
    return ReminderSent(effect_key=effect.key, mode=effect.mode, message_id=message_id)


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


def _proposal(step: StepContext, reminder: Reminder) -> Proposal:
    key = reminder_key(reminder.invoice, reminder.level)
    request: dict[str, Any] = {
        "to": list(reminder.to),
        "subject": reminder.subject,
        "text": reminder.text,
        "from_name": step.kernel.settings.aios_owner_name,
        "attachments": [each.model_dump() for each in reminder.files],
    }
    parsed = step.kernel.connectors.parse("mail", "send", request).model_dump(mode="json")
    return Proposal(
        key=key,
        case_id=step.case.id,
        step=step.step,
        connector="mail",
        operation="send",
        request=parsed,
        inputs=step.inputs,
        shown=_shown(step, reminder, parsed),
        subject=Subject(
            process=step.case.process,
            effect="mail.send",
            confidence=1.0,
            text=f"{reminder.subject}\n{reminder.text}",
            amounts=(Money(reminder.total, reminder.currency),),
            recipients=reminder.to,
            tier="",
            first_contact=False,
            flags=(reminder.tone,),
            now=step.kernel.clock.now(),
            case_id=step.case.id,
            key=key,
        ),
        run_id=step.run_id,
    )


def _shown(step: StepContext, reminder: Reminder, request: dict[str, Any]) -> Shown:
    currency = reminder.currency
    added = [f"interest {Money(reminder.interest, currency)}"] if reminder.interest else []
    added += [f"fees {Money(reminder.fees, currency)}"] if reminder.fees else []
    return Shown(
        title=f"Remind {reminder.customer} of {reminder.number}: {Money(reminder.total, currency)}"[:200],
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
        proposal=request,
        editable=("to", "subject", "text"),
        confidence=1.0,
        impact=Impact(people=len(reminder.to), amount_minor=reminder.total, currency=currency),
        provenance={"invoice": reminder.number, "inputs": step.inputs},
    )
