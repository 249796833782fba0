"""Events: other programs post what happened; anybody may read the log."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from aios.events.event import Event
from aios.workspace.api.calls import Answer, Asked, Limit, TheKernel, new_router, problems
from aios.workspace.problem import problem_response

router = new_router("events")


class EventIn(Asked):
    """A fact from outside. `source` and `source_id` name it: a second one with the same pair is a repeat."""

    type: str = Field(max_length=60, examples=["lead.received"])
    source: str = Field(max_length=100, examples=["website"])
    source_id: str = Field(max_length=400, examples=["form-4711"])
    payload: dict[str, Any]


class EventTaken(Answer):
    """Where the fact is now."""

    event_id: str
    position: int
    case_id: str | None = None
    duplicate: bool


class EventOut(Answer):
    """A fact in the log. `payload` is of the newest version of its type."""

    position: int
    id: str
    stream: str
    seq: int
    type: str
    at: str
    case_id: str | None
    source: str | None
    source_id: str | None
    actor: str
    caused_by: str | None
    payload: dict[str, Any]


class EventPage(Answer):
    """Events in order; ask again with `after` = `next` for what follows. `head` is the newest position there is."""

    events: list[EventOut]
    next: int
    head: int


@router.post(
    "/events",
    status_code=202,
    summary="Post an event",
    response_model=EventTaken,
    responses={200: {"model": EventTaken, "description": "It was known already: the same ids."}, **problems(422)},
)
def post_event(body: EventIn, response: Response, kernel: TheKernel) -> EventTaken | Response:
    """Take in a fact, once. A payload that breaks its contract is quarantined, and the problem says where it is."""
    receipt = kernel.intake.receive_event(body.type, body.source, body.source_id, body.payload)
    if receipt.quarantined:
        extra = {"event_id": receipt.event_id, "position": receipt.position, "quarantined": True}
        return problem_response(
            422, "Invalid input", receipt.reason, kind="quarantined", remedy=receipt.remedy, extra=extra
        )
    response.status_code = 200 if receipt.duplicate else 202
    return EventTaken.model_validate(receipt)


@router.get("/events", summary="Read the log", responses=problems(422))
def list_events(
    kernel: TheKernel,
    after: Annotated[int, Query(ge=0, description="The position after which to read.")] = 0,
    type: Annotated[str, Query(description="Only events of this type.")] = "",  # noqa: A002
    stream: Annotated[str, Query(description="Only events of this stream.")] = "",
    limit: Limit = 100,
) -> EventPage:
    """A page of the log, oldest first."""
    with kernel.database.read() as connection:
        found = kernel.log.read(
            connection, after=after, types=(type,) if type else (), stream=stream or None, limit=limit
        )
        head = kernel.log.head(connection)
    return EventPage(
        events=[event_out(event) for event in found], next=found[-1].position if found else after, head=head
    )


def event_out(event: Event) -> EventOut:
    """The event as the API says it."""
    return EventOut.model_validate({**event.__dict__, "payload": event.payload.model_dump(mode="json")})
