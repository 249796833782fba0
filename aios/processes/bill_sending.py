"""An invoice of our own sent: one mail with its files, through the gate, under the yes that issued it."""

from typing import Any

from aios.decisions.shown import Evidence, Impact, Shown
from aios.effects.gate import Proposal
from aios.money import Money
from aios.policies.verdict import Subject
from aios.processes.bill import BillIssued, BillSent
from aios.processes.context import StepContext


def send(step: StepContext, issued: BillIssued) -> BillSent:
    """The mail, sent once. Where nobody knows an address, the owner sends it, and the case ends."""
    if not issued.to:
        step.close("issued", f"{issued.name} is issued and not sent: no mail address is known.")
        return BillSent()
    effect = step.effect(_proposal(step, issued))
    step.close("sent")
    return BillSent(
        effect_key=effect.key,
        mode=effect.mode,
        to=issued.to,
        subject=issued.subject,
        message_id=str((effect.receipt or {}).get("message_id", "")),
    )


def _proposal(step: StepContext, issued: BillIssued) -> Proposal:
    key = f"mail.send/{step.case.id}/invoice"
    request: dict[str, Any] = {
        "to": list(issued.to),
        "subject": issued.subject,
        "text": issued.text,
        "from_name": step.kernel.settings.aios_owner_name,
        "attachments": [each.model_dump() for each in issued.files],
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
        shown=_shown(step, issued, parsed),
        subject=Subject(
            process=step.case.process,
            effect="mail.send",
            confidence=1.0,
            text=f"{issued.subject}\n{issued.text}",
            amounts=(Money(issued.payable, issued.currency),),
            recipients=issued.to,
            tier="",
            first_contact=False,
            flags=(),
            now=step.kernel.clock.now(),
            case_id=step.case.id,
            key=key,
        ),
        run_id=step.run_id,
        decided=issued.decision_id,
    )


def _shown(step: StepContext, issued: BillIssued, request: dict[str, Any]) -> Shown:
    kind = "credit note" if issued.credit else "invoice"
    sum_ = Money(issued.payable, issued.currency)
    return Shown(
        title=f"Send {kind} {issued.name} to {issued.customer}: {sum_}"[:200],
        summary=f"The {kind} is issued and booked; this is the mail that it goes out with.",
        evidence=(Evidence(label="Issued", text=f"{issued.name}, on {issued.issued}", link=f"/cases/{step.case.id}"),),
        proposal=request,
        editable=("to", "subject", "text"),
        confidence=1.0,
        impact=Impact(people=len(issued.to), amount_minor=issued.payable, currency=issued.currency),
        provenance={"inputs": step.inputs},
    )
