"""What stands around every page: the counts in the navigation, the stop switch, the newest position of the log."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.decisions.tables import decisions
from aios.effects import switches
from aios.kernel import Kernel


@dataclass(frozen=True)
class Frame:
    """`counts` are shown beside the places they belong to; `live` names the connectors that act outside."""

    head: int
    counts: dict[str, int]
    stopped: dict[str, str]
    live: tuple[str, ...]


def read(kernel: Kernel, connection: Connection) -> Frame:
    """The frame as of now."""
    return Frame(
        head=kernel.log.head(connection),
        counts={"/decisions": open_decisions(kernel, connection), "/quarantine": kernel.quarantine.count(connection)},
        stopped=switches.stopped(connection),
        live=kernel.gate.modes.live(connection, kernel.connectors.contracts),
    )


def open_decisions(kernel: Kernel, connection: Connection) -> int:
    """How many decisions wait for the owner now."""
    now = to_text(kernel.clock.now())
    awake = decisions.c.snoozed_until.is_(None) | (decisions.c.snoozed_until <= now)
    query = sa.select(sa.func.count()).where(decisions.c.status == "open", awake)
    return connection.scalar(query) or 0
