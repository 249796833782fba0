"""Growth: how much memory held at the end of a day, by kind, how large its indexes are, and what nobody refers to."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.database.blobs import blobs
from aios.memory import lexical
from aios.memory.tables import memory_items, memory_lexical, memory_postings, memory_uses
from aios.memory.uses import uses_of

_ITEM = memory_items.c

UNREFERENCED_DAYS = 180
"""What no context has held for so long is reported; it is not removed."""

LISTED = 20
"""How many of the unreferenced items are named, the oldest."""


@dataclass(frozen=True)
class Growth:
    """A kind of items on a day: how many were added and closed, how many stood at its end, and the bytes of these."""

    day: str
    kind: str
    items: int
    added: int
    closed: int
    size: int


@dataclass(frozen=True)
class DayTotal:
    """A day: how many items were believed at its end, and how many came and went on it."""

    day: str
    believed: int
    added: int
    closed: int


@dataclass(frozen=True)
class Unreferenced:
    """An item that no case has read for long; `last_used` is empty where none ever did."""

    item_id: str
    kind: str
    title: str
    added_at: str
    last_used: str


@dataclass(frozen=True)
class IndexSize:
    """The word index: its pieces, its different words, and the bytes of where they stand."""

    pieces: int
    words: int
    size: int


def end_of(day: date) -> datetime:
    """The moment at which a day is over, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def growth(connection: Connection, day: date) -> list[Growth]:
    """What memory held at the end of a day and what came and went on it, by kind."""
    column = memory_items.c
    start, end = to_text(end_of(day) - timedelta(days=1)), to_text(end_of(day))
    came = sa.and_(column.added_at >= start, column.added_at < end)
    went = sa.and_(column.closed_at >= start, column.closed_at < end)
    stood = sa.and_(column.added_at < end, sa.or_(column.closed_at == "", column.closed_at >= end))
    query = sa.select(column.kind, _count(stood), _count(came), _count(went), _count(stood, blobs.c.size))
    query = query.select_from(memory_items.join(blobs, blobs.c.digest == column.blob))
    rows = connection.execute(query.where(column.added_at < end).group_by(column.kind).order_by(column.kind))
    return [Growth(day.isoformat(), kind, *map(int, figures)) for kind, *figures in rows]


def index_size(connection: Connection) -> IndexSize:
    """How large the word index is."""
    if not lexical.exists(connection):
        return IndexSize(0, 0, 0)
    pieces = connection.scalar(sa.select(sa.func.count()).select_from(memory_lexical)) or 0
    words = connection.scalar(sa.select(sa.func.count(sa.distinct(memory_postings.c.word)))) or 0
    size = connection.scalar(sa.select(sa.func.sum(sa.func.length(memory_postings.c.data)))) or 0
    return IndexSize(pieces, words, int(size))


def totals(connection: Connection, last: date, days: int) -> list[DayTotal]:
    """The last days, one by one, oldest first."""
    came, went = _by_day(connection, _ITEM.added_at), _by_day(connection, _ITEM.closed_at)
    first = last - timedelta(days=days - 1)
    believed = sum(came[day] for day in came if day < first.isoformat())
    believed -= sum(went[day] for day in went if day < first.isoformat())
    found: list[DayTotal] = []
    for number in range(days):
        day = (first + timedelta(days=number)).isoformat()
        believed += came.get(day, 0) - went.get(day, 0)
        found.append(DayTotal(day, believed, came.get(day, 0), went.get(day, 0)))
    return found


def unreferenced(connection: Connection, end: datetime) -> tuple[int, list[Unreferenced]]:
    """How many believed items were long there by then and in no case's context since; and the oldest of them."""
    uses, long_ago = memory_uses.c, to_text(end - timedelta(days=UNREFERENCED_DAYS))
    used = sa.select(uses.item_id).where(uses.used_at > long_ago)
    whole = sa.select(_ITEM.item_id, _ITEM.kind, _ITEM.title, _ITEM.added_at)
    whole = whole.where(_ITEM.closed_at == "", _ITEM.added_at <= long_ago, _ITEM.item_id.not_in(used))
    number = connection.scalar(sa.select(sa.func.count()).select_from(whole.subquery())) or 0
    rows = connection.execute(whole.order_by(_ITEM.added_at, _ITEM.item_id).limit(LISTED)).all()
    last = uses_of(connection, [row.item_id for row in rows])
    return number, [
        Unreferenced(
            row.item_id, row.kind, row.title, row.added_at, last[row.item_id].last if row.item_id in last else ""
        )
        for row in rows
    ]


def _by_day(connection: Connection, moment: sa.Column[str]) -> dict[str, int]:
    day = sa.func.substr(moment, 1, 10)
    query = sa.select(day, sa.func.count()).where(moment != "").group_by(day)
    return {name: number for name, number in connection.execute(query)}


def _count(condition: sa.ColumnElement[bool], figure: sa.ColumnElement[int] | None = None) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1 if figure is None else figure), else_=0))
