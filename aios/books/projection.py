"""How entries that were booked become rows."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.books.tables import entries, postings
from aios.events import catalog
from aios.events.event import Event

_ENTRY, _POSTING = sa.insert(entries), sa.insert(postings)


class BookProjection:
    """The entries and their postings; nothing changes a row that is there."""

    tables = (entries, postings)

    def apply(self, tx: Connection, event: Event) -> None:
        """Add the entry of the event."""
        if isinstance(event.payload, catalog.BookingEntered):
            said = event.payload
            row = said.model_dump(exclude={"postings"})
            tx.execute(_ENTRY, {**row, "case_id": event.case_id or "", "position": event.position, "at": event.at})
            lines = [{"key": said.key, "line": at, **each.model_dump()} for at, each in enumerate(said.postings, 1)]
            tx.execute(_POSTING, lines)
