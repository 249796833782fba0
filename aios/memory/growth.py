"""Growth: how much memory held at the end of a day, by kind, and how large its indexes are now."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.database.blobs import blobs
from aios.memory import lexical
from aios.memory.tables import memory_items, memory_lexical, memory_postings, memory_uses

UNREAD_DAYS = 180
"""What no context has held for so long, and nothing names, is reported; it is not removed."""


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


def unread(connection: Connection, end: datetime) -> int:
    """How many believed items were long there by then and in no context since."""
    column, long_ago = memory_items.c, to_text(end - timedelta(days=UNREAD_DAYS))
    used = sa.select(memory_uses.c.item_id).where(memory_uses.c.used_at > long_ago)
    query = sa.select(sa.func.count()).select_from(memory_items)
    query = query.where(column.closed_at == "", column.added_at <= long_ago, column.item_id.not_in(used))
    return connection.scalar(query) or 0


def _count(condition: sa.ColumnElement[bool], figure: sa.ColumnElement[int] | None = None) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1 if figure is None else figure), else_=0))
