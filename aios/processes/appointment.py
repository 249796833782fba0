"""An appointment with a lead: times that the owner is free are offered, and the one that the lead takes is booked."""

from datetime import datetime, timedelta
from typing import Literal, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from aios.agents.agent import MOST_READ
from aios.connectors.calendar.contract import CALENDAR
from aios.connectors.calendar.opened import calendar_of
from aios.connectors.calendar.slots import Busy, Hours, Wanted, free_slots
from aios.database import blobs
from aios.effects import ledger
from aios.effects.ledger import READY, UNDER_WAY
from aios.errors import AiosError
from aios.policies.schema import WEEKDAYS, Appointments
from aios.processes.context import StepContext
from aios.processes.lead import Lead
from aios.processes.reply import effect_key
from aios.processes.times import Slot, asks_for_appointment, taken

UNKNOWN = "Your calendar did not answer, so nobody knows whether you are free."


class LeadAppointment(BaseModel):
    """What the lead's message leads to: nothing, times to offer (`slots`), or the one that they took (alone there).

    `uid` is the appointment in the calendar, made under `effect_key`. `trigger` is the event with the message.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    trigger: str
    state: Literal["none", "offered", "agreed", "booked"] = "none"
    zone: str = ""
    slots: tuple[Slot, ...] = ()
    effect_key: str = ""
    uid: str = ""
    note: str = ""


def appointment_of(step: StepContext, lead: Lead) -> LeadAppointment:
    """Times to offer where the message asks for an appointment, the one that it takes where times were offered."""
    rules = step.kernel.policies.current().appointments
    message = lead.message
    asked = asks_for_appointment("\n".join((message.subject, message.text, *message.fields.values()))[:MOST_READ])
    slot = _taken(step, lead, rules) if lead.earlier else None
    if slot is not None:
        return _agreed(step, slot, rules)
    if not asked or not rules.offer:
        return LeadAppointment(trigger=step.trigger.id)
    return _offered_before(step) or _offered(step, rules)


def _agreed(step: StepContext, slot: Slot, rules: Appointments) -> LeadAppointment:
    """The slot, if it is still free; other ones where it is not. What our own effect holds is not another's."""
    with step.kernel.database.read() as connection:
        effect = ledger.find(connection, booking_key(step))
    here = LeadAppointment(trigger=step.trigger.id, state="agreed", zone=rules.timezone, slots=(slot,))
    if effect is not None and effect.state not in ("withdrawn", "failed"):
        return here
    busy = _busy(step, slot.begins, slot.ends)
    if busy is None:
        return here.model_copy(update={"note": UNKNOWN})
    if any(start < slot.ends and slot.begins < end for start, end in busy):
        said = f"They took {slot.words('en')}, which is no longer free."
        return _offered(step, rules).model_copy(update={"note": said})
    return here


def _offered(step: StepContext, rules: Appointments) -> LeadAppointment:
    now, zone = step.kernel.clock.now(), ZoneInfo(rules.timezone)
    after, until = now + timedelta(hours=rules.notice_hours), now + timedelta(days=rules.days)
    busy = _busy(step, after, until)
    if busy is None:
        return LeadAppointment(trigger=step.trigger.id, note=UNKNOWN)
    days = frozenset(WEEKDAYS.index(day) for day in rules.weekdays)
    wanted = Wanted(timedelta(minutes=rules.minutes), timedelta(minutes=rules.around), most=rules.offer)
    found = free_slots(busy, after, until, Hours(zone, rules.opens, rules.closes, days), wanted)
    slots = tuple(Slot(start=start.isoformat(), end=end.isoformat()) for start, end in found)
    if not slots:
        return LeadAppointment(trigger=step.trigger.id, note=f"You are not free in the next {rules.days} days.")
    return LeadAppointment(trigger=step.trigger.id, state="offered", zone=rules.timezone, slots=slots)


def _offered_before(step: StepContext) -> LeadAppointment | None:
    """What was offered for the same message already, as long as it can be kept: running again changes nothing."""
    with step.kernel.database.read() as connection:
        newest = step.kernel.artifacts.newest(connection, step.case.id, step.step)
        if newest is None:
            return None
        before = LeadAppointment.model_validate(step.kernel.artifacts.content(connection, newest))
        sent = ledger.find(connection, effect_key(step.case.id, step.trigger.id))
    if before.trigger != step.trigger.id or before.state != "offered":
        return None
    if sent is not None and sent.done:
        return before
    first, last = before.slots[0].begins, before.slots[-1].ends
    busy = _busy(step, first, last)
    if busy is None or first <= step.kernel.clock.now():
        return None
    clash = any(start < slot.ends and slot.begins < end for slot in before.slots for start, end in busy)
    return None if clash else before


def _taken(step: StepContext, lead: Lead, rules: Appointments) -> Slot | None:
    """The time that this message takes, of those that were in the last mail to them that offered any."""
    with step.kernel.database.read() as connection:
        history = step.kernel.artifacts.history(connection, step.case.id)
        earlier = [
            LeadAppointment.model_validate(step.kernel.artifacts.content(connection, artifact))
            for artifact in history
            if artifact.step == step.step
        ]
        offers = [each for each in earlier if each.state == "offered" and each.trigger != step.trigger.id]
        if not offers:
            return None
        sent = ledger.find(connection, effect_key(step.case.id, offers[-1].trigger))
        text = blobs.find_json(connection, sent.request, {}).get("text", "") if sent and sent.done else ""
    language = lead.routing.language
    in_mail = [slot for slot in offers[-1].slots if any(slot.words(each) in text for each in (language, "en", "de"))]
    return taken(lead.message.text[:MOST_READ], in_mail, ZoneInfo(offers[-1].zone or rules.timezone))


def _busy(step: StepContext, after: datetime, until: datetime) -> list[Busy] | None:
    """When the owner has no time, with what other cases are about to book; None where nobody can say."""
    kernel = step.kernel
    with kernel.database.read() as connection:
        mode = kernel.gate.modes.current(connection, "calendar")
        held = _held(step)
    if mode == "live" and not CALENDAR.configured(kernel.settings):
        return None
    calendar = calendar_of(kernel.settings, kernel.clock, mode)
    try:
        return sorted([*calendar.busy(after, until), *held])
    except AiosError:
        return None
    finally:
        calendar.disconnect()


def _held(step: StepContext) -> list[Busy]:
    """The times of appointments that are on their way into the calendar for another case."""
    with step.kernel.database.read() as connection:
        waiting = [
            each
            for state in ("proposed", *READY, *UNDER_WAY)
            for each in ledger.listing(connection, state=state)
            if (each.connector, each.operation) == ("calendar", "create") and each.case_id != step.case.id
        ]
        asked = [blobs.find_json(connection, each.request, {}) for each in waiting]
    return [
        cast(Busy, tuple(datetime.fromisoformat(each[name]) for name in ("start", "end")))
        for each in asked
        if "start" in each
    ]


def booking_key(step: StepContext) -> str:
    """The key of the appointment that one message agrees to: one for each message, whatever is run again."""
    return f"calendar.create/{step.case.id}/{step.trigger.id}"
