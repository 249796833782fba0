"""A mail about an invoice of our own, with its files: what is put to the gate, and shown where the owner is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aios.connectors.mail.attachment import MailAttachment
from aios.decisions.shown import Evidence, Impact, Shown
from aios.effects.gate import Proposal
from aios.effects.ledger import Effect
from aios.money import Money
from aios.policies.verdict import Subject
from aios.processes.context import StepContext


@dataclass(frozen=True)
class InvoiceMail:
    """The mail under its key, what it is about, and what stands beside it in a question.

    `flags` are what policies may go by, `decided` is the decision that it goes out under already, if there is one.
    """

    key: str
    to: tuple[str, ...]
    subject: str
    text: str
    files: tuple[MailAttachment, ...]
    about: Money
    title: str
    summary: str
    evidence: tuple[Evidence, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict[str, Any])
    flags: tuple[str, ...] = ()
    decided: str = ""


def proposal_of(step: StepContext, mail: InvoiceMail) -> Proposal:
    """The mail as it is put to the gate."""
    asked: dict[str, Any] = {
        "to": list(mail.to),
        "subject": mail.subject,
        "text": mail.text,
        "from_name": step.kernel.settings.aios_owner_name,
        "attachments": [each.model_dump() for each in mail.files],
    }
    request = step.kernel.connectors.parse("mail", "send", asked).model_dump(mode="json")
    return Proposal(
        key=mail.key,
        case_id=step.case.id,
        step=step.step,
        connector="mail",
        operation="send",
        request=request,
        inputs=step.inputs,
        shown=_shown(step, mail, request),
        subject=Subject(
            process=step.case.process,
            effect="mail.send",
            confidence=1.0,
            text=f"{mail.subject}\n{mail.text}",
            amounts=(mail.about,),
            recipients=mail.to,
            tier="",
            first_contact=False,
            flags=mail.flags,
            now=step.kernel.clock.now(),
            case_id=step.case.id,
            key=mail.key,
        ),
        run_id=step.run_id,
        decided=mail.decided,
    )


def message_id(effect: Effect) -> str:
    """The id of the mail that went out."""
    return str((effect.receipt or {}).get("message_id", ""))


def _shown(step: StepContext, mail: InvoiceMail, request: dict[str, Any]) -> Shown:
    return Shown(
        title=mail.title[:200],
        summary=mail.summary,
        evidence=mail.evidence,
        proposal=request,
        editable=("to", "subject", "text"),
        confidence=1.0,
        impact=Impact(people=len(mail.to), amount_minor=mail.about.minor, currency=mail.about.currency),
        provenance={**mail.provenance, "inputs": step.inputs},
    )
