"""Mending: the word index compared with the items one by one, and only what differs put right."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.memory import lexical
from aios.memory.item import all_items, read_items, with_neighbours
from aios.memory.tables import memory_items, memory_lexical

_ITEM, _WORDS = memory_items.c, memory_lexical.c
_BELIEVED = _ITEM.closed_at == ""
AT_ONCE = 200


def rightly_indexed(connection: Connection) -> int:
    """How many of the believed items the word index holds as such; 0 where the index is gone."""
    if not lexical.exists(connection):
        return 0
    query = sa.select(sa.func.count()).select_from(memory_items.join(memory_lexical, _ITEM.item_id == _WORDS.item_id))
    return connection.scalar(query.where(_BELIEVED, _WORDS.believed)) or 0


def mend_words(tx: Connection) -> int:
    """Index what is missing, take out what is no item, close what is believed no longer; returns how many."""
    pairs = sa.select(_WORDS.item_id).outerjoin(memory_items, _ITEM.item_id == _WORDS.item_id)
    strange = list(tx.scalars(pairs.where(_ITEM.item_id.is_(None))))
    lexical.remove(tx, strange)
    held = sa.select(_ITEM.item_id, _ITEM.source, _ITEM.ordinal)
    held = held.outerjoin(memory_lexical, _ITEM.item_id == _WORDS.item_id)
    believed = sa.case((_BELIEVED, sa.true()), else_=sa.false())
    wrong = tx.execute(held.where(sa.or_(_WORDS.item_id.is_(None), _WORDS.believed != believed))).all()
    alone = [row.item_id for row in wrong if not row.ordinal]
    sources = sorted({row.source for row in wrong if row.ordinal})
    for column, values in ((_ITEM.item_id, alone), (_ITEM.source, sources)):
        for start in range(0, len(values), AT_ONCE):
            items = read_items(tx, all_items().where(column.in_(values[start : start + AT_ONCE])))
            lexical.write(tx, with_neighbours(items))
    return len(wrong) + len(strange)


def index_words(tx: Connection) -> int:
    """Make the word index from the items; returns how many of them are believed."""
    items = read_items(tx, all_items())
    lexical.clear(tx)
    lexical.write(tx, with_neighbours(items))
    return sum(not item.closed_at for item in items)
