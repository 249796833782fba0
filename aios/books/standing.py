"""Which entries of the books stand at the end of a day: booked by then, and not taken back by then."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.books.tables import entries


def standing(connection: Connection, *, until: str) -> dict[str, str]:
    """The days of the entries that stand at the end of the day `until`, by their keys; corrections are not there."""
    column = entries.c
    taken_back = sa.select(column.corrects).where(column.corrects != "", column.day <= until)
    query = sa.select(column.key, column.day).where(
        column.corrects == "", column.day <= until, column.key.not_in(taken_back)
    )
    return {key: day for key, day in connection.execute(query)}
