"""The proposal to answer a lead: the mail, what the owner is shown with it, and what policy judges."""

from datetime import datetime

from aios.agents.qualifier.contract import Budget, Qualification
from aios.amounts import amounts_in
from aios.connectors.mail.message import MailRequest
from aios.database import blobs
from aios.decisions.shown import Change, Evidence, Impact, Shown
from aios.effects.gate import Proposal
from aios.effects.ledger import Effect
from aios.errors import ApprovalRequired
from aios.memory.context import ContextSnapshot
from aios.money import Money
from aios.policies.verdict import Subject
from aios.processes.context import StepContext
from aios.processes.lead import Lead, LeadReply, ReplyDraft, is_first_contact

EXCERPT = 600


def effect_key(case_id: str, trigger: str) -> str:
    """The key of the reply to one message: one reply to each message of a case, whatever is re-run or upgraded."""
    return f"mail.send/{case_id}/{trigger}"


def reply_proposal(
    step: StepContext, lead: Lead, context: ContextSnapshot, qualification: Qualification, reply: ReplyDraft
) -> Proposal:
    """The reply as an effect to be proposed. Raises `ApprovalRequired` where the lead left no address to answer to."""
    if not lead.message.sender.email:
        raise ApprovalRequired("The lead left no mail address; reach them by phone or post, then close the case.")
    request = mail_request(step, lead, reply)
    key = effect_key(step.case.id, step.trigger.id)
    return Proposal(
        key=key,
        case_id=step.case.id,
        step=step.step,
        connector="mail",
        operation="send",
        request=request.model_dump(mode="json"),
        inputs=step.inputs,
        shown=_shown(step, lead, context, qualification, reply, request),
        subject=_subject(step, lead, reply, request, key, step.kernel.clock.now()),
        run_id=step.run_id,
    )


def mail_request(step: StepContext, lead: Lead, reply: ReplyDraft) -> MailRequest:
    """The mail in the lead's own thread."""
    message = lead.message
    return MailRequest(
        to=(message.sender.email,),
        subject=reply.draft.subject,
        text=reply.draft.body,
        in_reply_to=message.message_id,
        references=(*message.references, *((message.message_id,) if message.message_id else ())),
        from_name=step.kernel.settings.aios_owner_name,
    )


def sent_reply(step: StepContext, effect: Effect, reply: ReplyDraft) -> LeadReply:
    """What went out, as the ledger keeps it."""
    with step.kernel.database.read() as connection:
        sent = MailRequest.model_validate(blobs.get_json(connection, effect.request))
        proposed = MailRequest.model_validate(blobs.get_json(connection, effect.proposed))
    return LeadReply(
        effect_key=effect.key,
        mode=effect.mode,
        to=sent.to,
        subject=sent.subject,
        text=sent.text,
        message_id=str((effect.receipt or {}).get("message_id", "")),
        draft_superseded=(proposed.subject, proposed.text) != (reply.draft.subject, reply.draft.body),
    )


def _subject(
    step: StepContext, lead: Lead, reply: ReplyDraft, request: MailRequest, key: str, now: datetime
) -> Subject:
    with step.kernel.database.read() as connection:
        first = is_first_contact(step.kernel, connection, lead.contact_id)
    return Subject(
        process=step.case.process,
        effect="mail.send",
        confidence=reply.confidence,
        text=f"{request.subject}\n{request.text}",
        amounts=tuple(amounts_in(request.text)),
        recipients=request.to,
        tier=reply.tier,
        first_contact=first,
        flags=tuple(dict.fromkeys((*lead.routing.flags, *reply.flags))),
        now=now,
        case_id=step.case.id,
        key=key,
    )


def _shown(
    step: StepContext,
    lead: Lead,
    context: ContextSnapshot,
    qualification: Qualification,
    reply: ReplyDraft,
    request: MailRequest,
) -> Shown:
    sender = lead.message.sender
    undo = int(step.kernel.policies.current().undo_seconds)
    return Shown(
        title=f"Reply to {sender.name or sender.email}: {lead.message.subject or qualification.need}"[:200],
        summary=qualification.need,
        evidence=_evidence(step, lead, context, qualification, reply),
        proposal=request.model_dump(mode="json"),
        editable=("subject", "text", "to"),
        diff=_diff(step),
        diff_against="the draft before",
        warnings=(*_warnings(lead, reply), *reply.notes),
        confidence=reply.confidence,
        impact=Impact(
            people=len(request.to),
            reversible=f"A sent mail cannot be taken back; you can undo it for {undo} seconds after approving.",
        ),
        provenance=_provenance(step),
    )


def _evidence(
    step: StepContext, lead: Lead, context: ContextSnapshot, qualification: Qualification, reply: ReplyDraft
) -> tuple[Evidence, ...]:
    case_link = f"/cases/{step.case.id}"
    cited = {item for claim in reply.draft.claims for item in claim.item_ids}
    used = [piece for piece in context.pieces if piece.item_id in cited]
    sources = "; ".join(dict.fromkeys(f"{piece.title} ({piece.source})" for piece in used))
    why = "; ".join(f"{reason.points:+d} {reason.text}" for reason in qualification.reasons)
    facts = [
        f"budget {_budget(qualification.budget)}" if qualification.budget else "no budget named",
        f"urgency {qualification.urgency}" + (f", by {qualification.deadline}" if qualification.deadline else ""),
        f"missing: {', '.join(qualification.missing)}" if qualification.missing else "nothing missing",
    ]
    parts = (
        Evidence(label="They wrote", text=lead.message.text[:EXCERPT], source=lead.message.channel, link=case_link),
        Evidence(label=f"Score {qualification.score}, fit {qualification.fit}", text=why, source="qualifier"),
        Evidence(label="What they need", text=f"{qualification.need}; {'; '.join(facts)}", source="qualifier"),
        Evidence(
            label="What the reply rests on",
            text=sources or "No price or promise is stated in it.",
            source="memory",
            link=f"{case_link}#context",
        ),
    )
    return (*parts, *_history(context))


def _history(context: ContextSnapshot) -> tuple[Evidence, ...]:
    known = [piece for piece in context.pieces if piece.kind == "history"]
    if not known:
        return ()
    text = "; ".join(piece.title for piece in known[:5])
    return (Evidence(label="What we know of them", text=text, source="history"),)


def _warnings(lead: Lead, reply: ReplyDraft) -> tuple[str, ...]:
    said = {
        "injection": "The message tries to give orders to the software; nothing in it was followed.",
        "maybe-spam": "It may be spam.",
    }
    flags = dict.fromkeys((*lead.routing.flags, *reply.flags))
    return tuple(said.get(flag, f"Flagged: {flag.replace('_', ' ')}.") for flag in flags)


def _diff(step: StepContext) -> tuple[Change, ...]:
    with step.kernel.database.read() as connection:
        newest = step.kernel.artifacts.latest(connection, step.case.id, "lead_reply_draft")
        if newest is None or newest.version < 2:
            return ()
        history = step.kernel.artifacts.history(connection, step.case.id)
        drafts = [item for item in history if item.step == newest.step][-2:]
        before, after = (step.kernel.artifacts.content(connection, item)["draft"] for item in drafts)
    fields = (("subject", "subject"), ("body", "text"))
    return tuple(
        Change(field=name, before=before[field], after=after[field])
        for field, name in fields
        if before[field] != after[field]
    )


def _provenance(step: StepContext) -> dict[str, object]:
    with step.kernel.database.read() as connection:
        draft = step.kernel.artifacts.latest(connection, step.case.id, "lead_reply_draft")
    names = ("process_version", "agent", "agent_version", "prompt_digest", "tier", "model", "cost_micros")
    names += ("preferences", "templates")
    made = draft.provenance if draft else {}
    return {**{name: made[name] for name in names if name in made}, "inputs": step.inputs}


def _budget(budget: Budget) -> str:
    low, high = Money(budget.low_minor, budget.currency), Money(budget.high_minor, budget.currency)
    return str(low) if low == high else f"{low} to {high}"
