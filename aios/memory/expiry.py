"""Expiry: what is valid no longer, or older than its kind is kept, is closed with the reason.

It is asked for the end of a day: a day that is made up for later closes what had ended by then, and nothing else.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.errors import Misconfigured
from aios.events.log import EventLog
from aios.memory.item import Item, all_items, read_items
from aios.memory.tables import FACT, SUMMARY, memory_items
from aios.memory.versions import retract

LASTING = ("document", FACT, SUMMARY)
"""Documents go with their file, summaries with the cases they tell of; what was once a fact is asked for later, by the
time at which it was true."""

ACTOR = "hygiene"

Days = Mapping[str, int]


def days_kept(text: str) -> dict[str, int]:
    """How many days items of a kind are kept, from `AIOS_MEMORY_DAYS`, such as `note=730,turn=90`."""
    pairs = [pair.partition("=") for pair in text.replace(" ", "").split(",") if pair]
    wrong = [kind for kind, _, days in pairs if not kind or kind in LASTING or not days.isdecimal() or not int(days)]
    if wrong:
        raise Misconfigured(
            f"AIOS_MEMORY_DAYS is wrong at {wrong[0] or 'its begin'}.",
            "Write kinds with days, such as note=730,turn=90.",
        )
    return {kind: int(days) for kind, _, days in pairs}


def expire(tx: Connection, log: EventLog, end: datetime, kept: Days) -> list[str]:
    """Close what had ended by that moment; returns the ids."""
    found = expired(tx, end, kept)
    for item in found:
        retract(tx, log, item, _reason(item, end, kept), ACTOR)
    return [item.item_id for item in found]


def expired(connection: Connection, end: datetime, kept: Days) -> list[Item]:
    """What is believed although it had ended by that moment."""
    column = memory_items.c
    over = sa.and_(column.valid_to != "", column.valid_to <= to_text(end))
    aged = [sa.and_(column.kind == kind, column.added_at <= _before(end, days)) for kind, days in kept.items()]
    query = all_items().where(column.closed_at == "", column.kind.not_in(LASTING), sa.or_(over, *aged))
    return read_items(connection, query)


def _reason(item: Item, end: datetime, kept: Days) -> str:
    if item.valid_to and item.valid_to <= to_text(end):
        return f"it was valid until {item.valid_to[:10]}"
    return f"a {item.kind} is kept for {kept[item.kind]} days"


def _before(end: datetime, days: int) -> str:
    return to_text(end - timedelta(days=days))
