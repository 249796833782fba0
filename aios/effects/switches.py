"""Stop switches: the owner holds one connector, or everything that goes out (`*`)."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.upsert import upsert
from aios.effects.tables import switches
from aios.errors import NotFound
from aios.events import catalog
from aios.events.event import Event, NewEvent
from aios.events.log import EventLog

ALL = "*"
"""The switch that stops every connector."""


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
    rows = connection.execute(sa.select(switches).where(switches.c.stopped.is_(True)))
    return {row.connector: row.reason for row in rows}


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
    """Let the connector work again; what waited goes out in order."""
    log.record(NewEvent(f"connector/{connector}", catalog.OutgoingReleased(connector=connector), actor=actor))
