"""How events change which card is whose."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.contacts.tables import cards
from aios.database.upsert import insert_or_renew
from aios.events import catalog
from aios.events.event import Event


class CardProjection:
    """The cards of the address book, each with its contact. A forgotten one is nobody's."""

    tables = (cards,)

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the card of the event up to date."""
        if event.forgotten_by:
            return
        match event.payload:
            case catalog.CardReceived() as said:
                row = {name: getattr(said, name) for name in ("book", "file", "contact_id", "etag", "digest")}
                tx.execute(insert_or_renew(tx, cards), {**row, "event_id": event.id, "at": event.at})
            case catalog.CardRemoved() as said:
                tx.execute(sa.delete(cards).where(cards.c.book == said.book, cards.c.file == said.file))
            case _:
                pass
