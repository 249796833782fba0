"""What can go on now: a few short queries, however much waits for a service that takes nothing."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import cases
from aios.clock import to_text
from aios.effects import switches
from aios.effects.admission import Admission
from aios.effects.ledger import UNDER_WAY, Effect
from aios.effects.order import is_next
from aios.effects.tables import effects

Service = tuple[str, str]
"""A connector and its mode."""

_HELD = sa.exists().where(cases.c.id == effects.c.case_id, cases.c.paused.is_(True))
_ORDER = (effects.c.priority, effects.c.position)
_ANY_BUFFERED = sa.select(effects.c.key).where(effects.c.state == "buffered").limit(1)


def find(connection: Connection, admission: Admission, services: Collection[Service]) -> list[Effect]:
    """What is in its turn and due, is to be looked up, or was claimed; the critical ones first.

    Of a service that takes nothing now, or little, no more than it takes. What the owner has stopped stays.
    """
    stops = switches.stopped(connection)
    if switches.ALL in stops:
        return []
    found = _read(connection, _timed(to_text(admission.clock.now()), stops))
    if connection.execute(_ANY_BUFFERED).first() is not None:
        found += _buffered(connection, admission, [each for each in services if each[0] not in stops])
    return sorted(found, key=lambda effect: (effect.priority, effect.position))


def _timed(now: str, stops: Collection[str]) -> sa.Select[tuple[object, ...]]:
    """What time alone lets go on, and what is claimed: its worker may be gone."""
    due = effects.c.state.in_(("approved", "unknown")) & (effects.c.not_before <= now)
    in_turn = effects.c.state.in_(UNDER_WAY) | is_next()
    query = sa.select(effects).where(due | (effects.c.state == "claimed"), ~_HELD, in_turn).order_by(*_ORDER)
    return query.where(effects.c.connector.not_in(stops)) if stops else query


def _buffered(connection: Connection, admission: Admission, services: Collection[Service]) -> list[Effect]:
    """Of each service that takes something, as much as it takes."""
    found: list[Effect] = []
    for (connector, mode), room in admission.rooms(connection, services).items():
        if room is None or room > 0:
            of_it = (effects.c.connector == connector) & (effects.c.mode == mode)
            query = sa.select(effects).where(effects.c.state == "buffered", of_it, ~_HELD, is_next())
            found += _read(connection, query.order_by(*_ORDER).limit(room))
    return found


def _read(connection: Connection, query: sa.Select[tuple[object, ...]]) -> list[Effect]:
    return [Effect(**row) for row in connection.execute(query).mappings()]
