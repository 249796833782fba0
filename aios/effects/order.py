"""In which order effects go out: those of one case in the order of their approval, the critical ones first."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.effects.ledger import READY, UNDER_WAY, Effect
from aios.effects.tables import effects

_OTHER = effects.alias("other")


def _open(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """What is on its way; what only the owner can settle holds up nobody."""
    given_up = (table.c.state == "unknown") & table.c.not_before.is_(None)
    return table.c.state.in_((*READY, *UNDER_WAY)) & ~given_up


_GOES_FIRST = (
    sa.select(effects.c.key)
    .where(effects.c.case_id == sa.bindparam("case_id"), effects.c.connector == sa.bindparam("connector"))
    .where(_open(effects), effects.c.turn < sa.bindparam("turn"))
    .limit(1)
)


def goes_first(tx: Connection, effect: Effect) -> str:
    """The key of an effect of the same case and connector that must go out before; empty where there is none."""
    mine = {"case_id": effect.case_id, "connector": effect.connector, "turn": effect.turn}
    return tx.scalar(_GOES_FIRST, mine) or ""


def is_next() -> sa.ColumnElement[bool]:
    """The condition that no effect of the same case and connector must go out before."""
    before = sa.exists().where(
        _OTHER.c.case_id == effects.c.case_id,
        _OTHER.c.connector == effects.c.connector,
        _open(_OTHER),
        _OTHER.c.turn < effects.c.turn,
    )
    return ~before
