"""An invoice of our own sent: one mail with its files, through the gate, under the yes that issued it."""

from aios.decisions.shown import Evidence
from aios.money import Money
from aios.processes.bill import BillIssued, BillSent
from aios.processes.context import StepContext
from aios.processes.invoice_mail import InvoiceMail, message_id, proposal_of


def send(step: StepContext, issued: BillIssued) -> BillSent:
    """The mail, sent once. Where nobody knows an address, the owner sends it, and the case ends."""
    if not issued.to:
        step.close("issued", f"{issued.name} is issued and not sent: no mail address is known.")
        return BillSent()
    effect = step.effect(proposal_of(step, _mail(step, issued)))
    step.close("sent")
    return BillSent(
        effect_key=effect.key,
        mode=effect.mode,
        to=issued.to,
        subject=issued.subject,
        message_id=message_id(effect),
    )


def _mail(step: StepContext, issued: BillIssued) -> InvoiceMail:
    kind = "credit note" if issued.credit else "invoice"
    about = Money(issued.payable, issued.currency)
    return InvoiceMail(
        key=f"mail.send/{step.case.id}/invoice",
        to=issued.to,
        subject=issued.subject,
        text=issued.text,
        files=issued.files,
        about=about,
        title=f"Send {kind} {issued.name} to {issued.customer}: {about}",
        summary=f"The {kind} is issued and booked; this is the mail that it goes out with.",
        evidence=(Evidence(label="Issued", text=f"{issued.name}, on {issued.issued}", link=f"/cases/{step.case.id}"),),
        decided=issued.decision_id,
    )
