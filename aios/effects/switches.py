"""Stop switches: the owner holds one connector, or everything that goes out (`*`)."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.database.upsert import upsert
from aios.effects.tables import effects, switches
from aios.errors import NotFound
from aios.events import catalog
from aios.events.event import Event, NewEvent
from aios.events.log import EventLog
from aios.events.tables import events

ALL = "*"
"""The switch that stops every connector."""

IMPORT = "import"
"""The actor of what an import adds to the log, the stop of everything that goes out among it."""


_STOPPED = sa.select(switches.c.connector, switches.c.reason).where(switches.c.stopped.is_(True))


class SwitchProjection:
    """Which connectors are stopped."""

    tables = (switches,)

    def apply(self, tx: Connection, event: Event) -> None:
        """Turn a switch."""
        match event.payload:
            case catalog.OutgoingStopped() as said:
                self._set(tx, said.connector, True, said.reason, event.at)
            case catalog.OutgoingReleased() as said:
                self._set(tx, said.connector, False, "", event.at)
            case _:
                pass

    def _set(self, tx: Connection, connector: str, stopped: bool, reason: str, at: str) -> None:
        values = {"stopped": stopped, "reason": reason, "at": at}
        row = upsert(tx, switches).values(connector=connector, **values)
        tx.execute(row.on_conflict_do_update(index_elements=["connector"], set_=values))


def stopped(connection: Connection) -> dict[str, str]:
    """The connectors that are stopped, each with the owner's reason."""
    return {row.connector: row.reason for row in connection.execute(_STOPPED)}


def last_released(connection: Connection) -> str:
    """When a connector was last released; empty where none ever was."""
    return connection.scalar(sa.select(sa.func.max(switches.c.at)).where(switches.c.stopped.is_(False))) or ""


def require(connectors: Iterable[tuple[str, str]], name: str) -> str:
    """The name, if one of the connectors (names and modes) has it; a slip of the pen must not look like a stop."""
    known = sorted({connector for connector, _mode in connectors})
    if name not in (ALL, *known):
        raise NotFound(f"There is no connector {name[:40]!r}.", f"Known are {', '.join(known)}, and {ALL} for all.")
    return name


def stop(log: EventLog, connector: str, actor: str, reason: str = "") -> None:
    """Let nothing more go out through the connector (`*`: through any) until it is released."""
    log.record(
        NewEvent(f"connector/{connector}", catalog.OutgoingStopped(connector=connector, reason=reason), actor=actor)
    )


def release(log: EventLog, connector: str, actor: str) -> None:
    """Let the connector work again; what waited goes out in order.

    What was approved before an import may have gone out from the home it came from, so it is looked up first.
    """
    with log.database.write() as tx:
        imported_at = _imported_at(tx) if connector == ALL else 0
        released = NewEvent(f"connector/{connector}", catalog.OutgoingReleased(connector=connector), actor=actor)
        log.append_all(tx, [released, *_doubtful(tx, imported_at, to_text(log.clock.now()))])


def _imported_at(tx: Connection) -> int:
    """The position at which an import stopped everything, where nobody has released it since; otherwise 0."""
    of_all = sa.select(sa.func.max(events.c.position)).where(events.c.stream == f"connector/{ALL}")
    stopped_at = tx.scalar(of_all.where(events.c.type == catalog.OutgoingStopped.type, events.c.actor == IMPORT)) or 0
    released_at = tx.scalar(of_all.where(events.c.type == catalog.OutgoingReleased.type)) or 0
    return stopped_at if stopped_at > released_at else 0


def _doubtful(tx: Connection, imported_at: int, now: str) -> list[NewEvent]:
    """For each effect that was on its way out at the position: nobody here knows whether it went out."""
    on_its_way = effects.c.state.in_(("approved", "buffered", "claimed")) & (effects.c.position <= imported_at)
    reason = "The home this was imported from may have carried it out."
    return [
        NewEvent(
            f"effect/{row.key}",
            catalog.EffectUnknown(key=row.key, reason=reason, look_up_at=now),
            case_id=row.case_id,
            actor=IMPORT,
        )
        for row in tx.execute(
            sa.select(effects.c.key, effects.c.case_id).where(on_its_way).order_by(effects.c.position)
        )
    ]
