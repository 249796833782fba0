"""Notices: other programs are told by webhook what they are subscribed to in the policies, each event once."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, cast

from pydantic import BaseModel, ConfigDict
from sqlalchemy.engine import Connection

from aios.cases.process import WEBHOOK_NOTICE, prefix_of
from aios.decisions.shown import Evidence, Impact, Shown
from aios.effects.gate import Proposal
from aios.events.catalog import CATALOG, NoticeDue, PolicyAdopted
from aios.events.event import Event, NewEvent
from aios.events.redaction import redacted
from aios.kernel import Kernel
from aios.policies.schema import Subscription
from aios.policies.verdict import Subject
from aios.processes.context import StepContext

AT_ONCE = 200
"""Notices that one look opens; the next one goes on."""

SOURCE = "webhooks"


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Notice(_Output):
    """What another program is told, and where. Nothing personal is in `data` unless the subscription says so."""

    url: str
    type: str
    happened_at: str
    data: dict[str, Any]


class Delivered(_Output):
    """That it was taken, under the id by which the other program knows it."""

    effect_key: str
    mode: str
    id: str


def gather(kernel: Kernel) -> int:
    """Open a case for everything that a subscription is to be told and was not; returns how many."""
    return sum(_gathered(kernel, each) for each in kernel.policies.current().webhooks)


def notice_of(step: StepContext) -> Notice:
    """What is told of the event; the case ends where nobody is subscribed to it any more."""
    due = cast(NoticeDue, step.trigger.payload)
    subscription = _subscription(step.kernel, due.subscription)
    with step.kernel.database.read() as connection:
        event = step.kernel.log.get(connection, due.event)
    if subscription is None:
        step.close("unsubscribed", f"Nobody called {due.subscription} is subscribed any more.")
    told = _told(event, personal=bool(subscription and subscription.personal))
    return Notice(url=subscription.url if subscription else "", type=event.type, happened_at=event.at, data=told)


def delivered(step: StepContext, notice: Notice) -> Delivered:
    """Deliver it, once. Raises `Blocked` with what it waits for, `HardFailure` where it was given up."""
    effect = step.effect(_proposal(step, notice))
    return Delivered(effect_key=effect.key, mode=effect.mode, id=str((effect.receipt or {}).get("id", "")))


def _gathered(kernel: Kernel, subscription: Subscription) -> int:
    with kernel.database.read() as connection:
        if next(_news(kernel, connection, subscription), None) is None:
            return 0
    with kernel.database.write() as tx:
        events = [event for event, _ in zip(_news(kernel, tx, subscription), range(AT_ONCE), strict=False)]
        for event in events:
            _open(kernel, tx, subscription, event)
    return len(events)


def _news(kernel: Kernel, connection: Connection, subscription: Subscription) -> Iterator[Event]:
    """What it is to be told next, in order. What notices themselves bring about is told to nobody."""
    types = [name for name in CATALOG if any(fnmatchcase(name, pattern) for pattern in subscription.events)]
    after = _told_up_to(kernel, connection, subscription.name)
    while page := kernel.log.read(connection, after=after, types=types, limit=AT_ONCE):
        yield from (event for event in page if prefix_of(event.case_id or "") != WEBHOOK_NOTICE.prefix)
        after = page[-1].position


def _told_up_to(kernel: Kernel, connection: Connection, name: str) -> int:
    """The position up to which the subscription was told; a new one begins where the policies were last adopted."""
    last = kernel.log.read(connection, stream=_stream(name), types=(NoticeDue.type,), limit=1, newest_first=True)
    if last:
        return cast(NoticeDue, last[0].payload).position
    adopted = kernel.log.read(connection, types=(PolicyAdopted.type,), limit=1, newest_first=True)
    return adopted[0].position if adopted else kernel.log.head(connection)


def _open(kernel: Kernel, tx: Connection, subscription: Subscription, event: Event) -> None:
    name, case_id = subscription.name, kernel.cases.next_id(tx, WEBHOOK_NOTICE.name)
    due = NoticeDue(subscription=name, event=event.id, kind=event.type, position=event.position)
    new = NewEvent(_stream(name), due, case_id=case_id, source=SOURCE, source_id=f"{name}:{event.id}")
    appended = kernel.log.append(tx, new)
    if not appended.duplicate:
        kernel.cases.open(tx, case_id, WEBHOOK_NOTICE.name, f"Tell {name} of {event.type}", appended.event.id)
        if subscription.personal and event.case_id:  # so that what it says goes when they are forgotten
            contact_id = kernel.cases.get(tx, event.case_id).contact_id
            kernel.cases.name(tx, case_id, contact_id=contact_id)


def _stream(name: str) -> str:
    return f"notices/{name}"


def _subscription(kernel: Kernel, name: str) -> Subscription | None:
    return next((each for each in kernel.policies.current().webhooks if each.name == name), None)


def _told(event: Event, *, personal: bool) -> dict[str, Any]:
    said = event.payload.model_dump(mode="json")
    if not personal:
        model = CATALOG[event.type]
        plain = redacted({"type": event.type, "payload": said, "source_id": None})["payload"]
        said = {name: value for name, value in plain.items() if name not in model.personal}
    return {"event": event.id, "case": event.case_id or "", **said}


def _proposal(step: StepContext, notice: Notice) -> Proposal:
    due = cast(NoticeDue, step.trigger.payload)
    key = f"webhooks.send/{due.subscription}/{due.event}"
    request = notice.model_dump(mode="json")
    preview = step.kernel.connectors.contract("webhooks").preview("send", request)
    return Proposal(
        key=key,
        case_id=step.case.id,
        step=step.step,
        connector="webhooks",
        operation="send",
        request=request,
        inputs=step.inputs,
        shown=Shown(
            title=f"Tell {due.subscription} of {due.kind}",
            summary="The policies subscribe it to this.",
            evidence=(Evidence(label="What it would be told", text=preview, source="webhooks"),),
            proposal=request,
            confidence=1.0,
            impact=Impact(people=0),
        ),
        subject=Subject(
            process=step.case.process,
            effect="webhooks.send",
            confidence=1.0,
            text="",
            amounts=(),
            recipients=(),
            tier="",
            first_contact=False,
            flags=(),
            now=step.kernel.clock.now(),
            case_id=step.case.id,
            key=key,
        ),
        run_id=step.run_id,
    )
