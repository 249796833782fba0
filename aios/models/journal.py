"""The journal: each paid answer under the hash of its request, as events of the log and a table to look it up in."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.blobs import get_json, put_json
from aios.database.prepared import Prepared
from aios.events.catalog import ModelAnswered
from aios.events.event import Event, NewEvent
from aios.events.log import EventLog
from aios.events.tail import is_forgotten
from aios.models.pricing import Usage
from aios.models.reply import Reply
from aios.models.request import Call
from aios.models.tables import journal

_LOOK_UP = Prepared(sa.select(journal).where(journal.c.request_hash == sa.bindparam("request_hash")))
_ENTER = Prepared(sa.insert(journal))


@dataclass(frozen=True)
class Paid:
    """A reply with what it cost. `journalled` says that it was paid earlier."""

    reply: Reply
    usage: Usage
    cost_micros: int
    journalled: bool


@dataclass(frozen=True)
class Asker:
    """Who asks: for the books, not part of the call."""

    agent: str
    tier: str
    case_id: str
    process: str


class JournalProjection:
    """The journal as a table."""

    tables: Sequence[sa.Table] = (journal,)

    def apply(self, tx: Connection, event: Event) -> None:
        """Take in a model's answer; other events do not matter here."""
        if isinstance(event.payload, ModelAnswered) and not event.forgotten_by:
            row = event.payload.model_dump(exclude={"latency_ms", "reservation_id"})
            _ENTER.write(tx, {**row, "case_id": event.case_id or "", "answered_at": event.at})


def look_up(connection: Connection, request_hash: str) -> Paid | None:
    """The journalled answer to the request, if there is one."""
    row = _LOOK_UP.first(connection, request_hash=request_hash)
    if row is None:
        return None
    usage = Usage(row.tokens_in, row.tokens_out)
    kept = get_json(connection, row.answer)
    reply = Reply(kept["content"], kept["refusal"], kept["finish"], usage, latency_ms=0)
    return Paid(reply, usage, row.cost_micros, journalled=True)


def enter(
    tx: Connection,
    log: EventLog,
    call: Call,
    asker: Asker,
    paid: Paid,
    reservation_id: str,
    settled: Sequence[NewEvent] = (),
) -> Paid:
    """Journal an answer, behind the events that settle it, and return it.

    One that is there already (after a take-over) stays, and comes back instead. In a case that was forgotten
    meanwhile, it is settled and not kept.
    """
    reply = paid.reply
    if asker.case_id and is_forgotten(tx, asker.case_id):
        log.append_all(tx, settled)
        return paid
    answered = ModelAnswered(
        request_hash=call.hash,
        agent=asker.agent,
        tier=asker.tier,
        model=call.model,
        answer=put_json(tx, {"content": reply.content, "refusal": reply.refusal, "finish": reply.finish}),
        tokens_in=paid.usage.tokens_in,
        tokens_out=paid.usage.tokens_out,
        cost_micros=paid.cost_micros,
        latency_ms=reply.latency_ms,
        reservation_id=reservation_id,
    )
    new = NewEvent(
        f"model/{call.hash}", answered, case_id=asker.case_id or None, source="model.journal", source_id=call.hash
    )
    duplicate = log.append_all(tx, (*settled, new))[-1].duplicate
    return (look_up(tx, call.hash) or paid) if duplicate else paid
