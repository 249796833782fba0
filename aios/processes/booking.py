"""The agreed appointment on its way into the calendar, and what the reply says of times."""

from aios.decisions.shown import Evidence, Impact, Shown
from aios.effects.gate import Proposal
from aios.policies.verdict import Subject
from aios.processes.appointment import LeadAppointment, booking_key
from aios.processes.context import StepContext
from aios.processes.lead import Lead, is_first_contact

SURE = 0.9
"""How sure the rules are of a time that fits the words of the message, and no other that was offered does."""

OFFER = {
    "en": "For a call, I can offer these times ({zone}):\n{times}\nA short answer with one of them is enough.",
    "de": "Für ein Gespräch biete ich diese Zeiten an ({zone}):\n{times}\nEine kurze Antwort mit einer davon genügt.",
}
AGREED = {
    "en": "Our appointment: {time} ({zone}).",
    "de": "Unser Termin: {time} ({zone}).",
}
LONGEST_FAREWELL = 40


def booked(step: StepContext, lead: Lead, agreed: LeadAppointment) -> LeadAppointment:
    """Have the appointment made. Raises `Blocked` with what it waits for, or `HardFailure`."""
    effect = step.effect(_proposal(step, lead, agreed))
    uid = str((effect.receipt or {}).get("uid", ""))
    return agreed.model_copy(update={"state": "booked", "effect_key": effect.key, "uid": uid})


def with_times(body: str, appointment: LeadAppointment, language: str, owner: str) -> str:
    """The text of a reply with the times that are offered or agreed, before its farewell."""
    language = language if language in OFFER else "en"
    words = [slot.words(language) for slot in appointment.slots]
    if not words or all(each in body for each in words):
        return body
    if appointment.state == "offered":
        said = OFFER[language].format(zone=appointment.zone, times="\n".join(f"- {each}" for each in words))
    else:
        said = AGREED[language].format(zone=appointment.zone, time=words[0])
    parts = body.split("\n\n")
    parts.insert(_farewell(parts, owner), said)
    return "\n\n".join(parts)


def _farewell(parts: list[str], owner: str) -> int:
    """Where the farewell begins; the end where there is none."""
    at = next((place for place in range(len(parts) - 1, 0, -1) if owner and owner in parts[place]), len(parts))
    before = parts[at - 1].rstrip() if at > 1 else ""
    return at - 1 if at < len(parts) and before.endswith(",") and len(before) <= LONGEST_FAREWELL else at


def _proposal(step: StepContext, lead: Lead, agreed: LeadAppointment) -> Proposal:
    slot, sender = agreed.slots[0], lead.message.sender
    who = sender.name or sender.email
    request = {
        "title": f"Call with {who}"[:300],
        "start": slot.start,
        "end": slot.end,
        "description": f"Agreed by mail; case {step.case.id}.",
    }
    key, now = booking_key(step), step.kernel.clock.now()
    with step.kernel.database.read() as connection:
        first = is_first_contact(step.kernel, connection, lead.contact_id)
    subject = Subject(
        process=step.case.process,
        effect="calendar.create",
        confidence=SURE,
        text=request["title"],
        amounts=(),
        recipients=(),
        tier="",
        first_contact=first,
        flags=tuple(lead.routing.flags),
        now=now,
        case_id=step.case.id,
        key=key,
    )
    return Proposal(
        key=key,
        case_id=step.case.id,
        step=step.step,
        connector="calendar",
        operation="create",
        request=request,
        inputs=step.inputs,
        shown=_shown(step, lead, agreed, request),
        subject=subject,
        run_id=step.run_id,
        must_ask=agreed.note,
    )


def _shown(step: StepContext, lead: Lead, agreed: LeadAppointment, request: dict[str, str]) -> Shown:
    time = agreed.slots[0].words("en")
    return Shown(
        title=f"{request['title']}: {time}"[:200],
        summary=f"They took one of the times that you offered: {time} ({agreed.zone}). The reply follows.",
        evidence=(
            Evidence(
                label="They wrote",
                text=lead.message.text[:600],
                source=lead.message.channel,
                link=f"/cases/{step.case.id}",
            ),
        ),
        proposal=dict(request),
        editable=("title", "description"),
        confidence=SURE,
        impact=Impact(people=1),
    )
