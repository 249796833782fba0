"""Lead intake (P1): a message comes in, and its answer goes out.

lead → lead_context → lead_qualification → lead_facts → lead_appointment → lead_reply_draft → lead_reply
"""

from aios.agents.drafter.agent import DRAFTER
from aios.agents.drafter.contract import DrafterInput
from aios.agents.qualifier.agent import QUALIFIER
from aios.agents.qualifier.contract import Qualification, QualifierInput
from aios.agents.router.agent import ROUTER
from aios.agents.router.contract import RouterInput
from aios.cases.process import LEAD_INTAKE
from aios.memory.context import ContextSnapshot
from aios.memory.standing import policy_pieces
from aios.processes.appointment import LeadAppointment, appointment_of
from aios.processes.booking import booked, with_times
from aios.processes.context import StepContext
from aios.processes.lead import Lead, LeadReply, ReplyDraft, earlier_messages, message_of
from aios.processes.lead_facts import LeadFacts, learn_from
from aios.processes.manner import manner_of
from aios.processes.process import Process
from aios.processes.reply import reply_proposal, sent_reply
from assets.steps import process_chain

LEAD_INTAKE_PROCESS = Process(LEAD_INTAKE)


@LEAD_INTAKE_PROCESS.step(ROUTER)
def lead(step: StepContext) -> Lead:
    """Who wrote, and is it a lead? Spam and what is no lead end here, archived with the reason."""
    message = message_of(step.trigger)
    contact_id = step.identify(message.sender)
    with step.kernel.database.read() as connection:
        earlier = earlier_messages(step.kernel, connection, step.case, step.trigger)
    routing = step.ask(ROUTER, RouterInput(message=message, in_thread=bool(earlier)))
    found = Lead(
        contact_id=contact_id,
        message=message,
        earlier=tuple(earlier),
        received_on=step.trigger.at[:10],
        routing=routing.output,
    )
    if found.ending:
        step.close(*found.ending)
    return found


@LEAD_INTAKE_PROCESS.step()
def lead_context(step: StepContext, lead: Lead) -> ContextSnapshot:
    """What the agents will read: our offers, prices and policies that fit the message, and our history with them."""
    rules = step.kernel.policies.in_force()
    binding = policy_pieces(rules.policy, rules.digest, process=step.case.process, effect="mail.send")
    return step.kernel.memory.context_for(step.case, lead.contact_id, lead.message, policies=binding)


@LEAD_INTAKE_PROCESS.step(QUALIFIER)
def lead_qualification(step: StepContext, lead: Lead, lead_context: ContextSnapshot) -> Qualification:
    """How good the lead is: fit, urgency, budget, need, what is missing, and a score with its reasons."""
    given = QualifierInput(
        message=lead.message,
        language=lead.routing.language,
        context=lead_context,
        received_on=lead.received_on,
        earlier=lead.earlier,
    )
    return step.ask(QUALIFIER, given).output


@LEAD_INTAKE_PROCESS.step()
def lead_facts(
    step: StepContext, lead: Lead, lead_context: ContextSnapshot, lead_qualification: Qualification
) -> LeadFacts:
    """What the lead says of its sender, as facts; what contradicts is asked, and the reply does not wait for that."""
    return learn_from(step, lead, lead_context, lead_qualification)


@LEAD_INTAKE_PROCESS.step()
def lead_appointment(step: StepContext, lead: Lead) -> LeadAppointment:
    """Times to offer where they ask for an appointment; the one that they took is in the calendar before the reply."""
    found = appointment_of(step, lead)
    return booked(step, lead, found) if found.state == "agreed" else found


@LEAD_INTAKE_PROCESS.step(DRAFTER)
def lead_reply_draft(
    step: StepContext,
    lead: Lead,
    lead_context: ContextSnapshot,
    lead_qualification: Qualification,
    lead_appointment: LeadAppointment,
) -> ReplyDraft:
    """A reply in their language that states nothing but what its context says; what it does not know, it asks."""
    previous = step.sent_back("lead_reply_draft")
    given = DrafterInput(
        message=lead.message,
        language=lead.routing.language,
        qualification=lead_qualification,
        context=lead_context,
        owner_name=step.kernel.settings.aios_owner_name,
        business_name=step.kernel.settings.aios_business_name,
        earlier=lead.earlier,
        previous=previous["draft"]["body"] if previous else "",
    )
    result = step.ask(DRAFTER, given)
    step.provenance |= manner_of(lead_context, result)
    owner = step.kernel.settings.aios_owner_name
    body = with_times(result.output.body, lead_appointment, lead.routing.language, owner)
    return ReplyDraft(
        draft=result.output.model_copy(update={"body": body}),
        confidence=min(result.confidence, lead.routing.confidence, lead_qualification.confidence),
        tier=result.tier,
        flags=result.flags,
        notes=(*result.notes, *((lead_appointment.note,) if lead_appointment.note else ())),
    )


@LEAD_INTAKE_PROCESS.step()
def lead_reply(
    step: StepContext,
    lead: Lead,
    lead_context: ContextSnapshot,
    lead_qualification: Qualification,
    lead_reply_draft: ReplyDraft,
) -> LeadReply:
    """The reply, sent once: a rule allowed it or the owner approved it. Until then the asset is missing, not failed."""
    effect = step.effect(reply_proposal(step, lead, lead_context, lead_qualification, lead_reply_draft))
    step.close("answered")
    return sent_reply(step, effect, lead_reply_draft)


LEAD_INTAKE_CHAIN = process_chain(LEAD_INTAKE_PROCESS)
