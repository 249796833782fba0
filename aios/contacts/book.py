"""`AddressBook`: reads what has changed in the owner's address book, and makes it known, each change once."""

import time

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.connectors.contacts.address import SETTING
from aios.connectors.contacts.card import Card, read_card
from aios.connectors.contacts.carddav import address_book
from aios.connectors.web import Web, account_label
from aios.contacts.listing import File, files_of, tag_of, texts_of
from aios.contacts.tables import book_cursors, book_files, cards
from aios.database.engine import Database
from aios.database.upsert import insert_or_renew
from aios.errors import HardFailure
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.events.redaction import forgotten_source
from aios.events.tables import events
from aios.identity.addresses import normal_phone
from aios.identity.contact import canonical
from aios.identity.contacts import Contacts, Written
from aios.ids import digest
from aios.settings import Settings

PATIENCE_SECONDS = 20.0
"""A poll takes no further card after this long; the next one goes on. Dagster gives a sensor's tick a minute."""

SOURCE = "carddav"


class AddressBook:
    """The address book `AIOS_CARDDAV_URL`. Where nothing in it has changed, nothing is written.

    Its words count more than what a sender says of themselves: the owner wrote them.
    """

    def __init__(self, settings: Settings, log: EventLog, contacts: Contacts) -> None:
        self.settings = settings
        self.log = log
        self.database: Database = log.database
        self.contacts = contacts
        self.account = address_book(settings)
        self.patience = PATIENCE_SECONDS

    @property
    def is_set(self) -> bool:
        """Whether there is an address book."""
        return self.account.is_set

    def poll(self) -> int:
        """Take over what is new, until `patience` is over; returns how many cards changed something.

        Raises `SoftFailure` or `HardFailure`.
        """
        if not self.is_set:
            return 0
        try:
            web = self.account.web()
            return self._read(web, f"{account_label(self.settings, SETTING, '')} {web.base}"[:300])
        finally:
            self.account.close()

    def _read(self, web: Web, book: str) -> int:
        until = time.monotonic() + self.patience
        tag = tag_of(web)
        with self.database.read() as connection:
            known_tag = connection.scalar(sa.select(book_cursors.c.tag).where(book_cursors.c.book == book))
            rows = connection.execute(sa.select(book_files.c.file, book_files.c.etag).where(book_files.c.book == book))
            known = {row.file: row.etag for row in rows}
        if tag and tag == known_tag:
            return 0
        listed = files_of(web)
        changed = 0
        for file in texts_of(web, [file for file in listed if known.get(file.name) != file.etag]):
            changed += self._take(book, file)
            if time.monotonic() >= until:
                return changed
        changed += sum(self._gone(book, name) for name in sorted(known.keys() - {file.name for file in listed}))
        if tag != (known_tag or ""):
            with self.database.write() as tx:
                tx.execute(insert_or_renew(tx, book_cursors), {"book": book, "tag": tag})
        return changed

    def _take(self, book: str, file: File) -> bool:
        """Take over one card, and remember its version, in one transaction."""
        try:
            card = read_card(file.text)
        except HardFailure:  # what is no card speaks of nobody
            card = None
        with self.database.write() as tx:
            new = card is not None and _is_reachable(card) and self._say(tx, book, file, card)
            tx.execute(insert_or_renew(tx, book_files), {"book": book, "file": file.name, "etag": file.etag})
            return new

    def _say(self, tx: Connection, book: str, file: File, card: Card) -> bool:
        said = Written(card.name, card.emails, card.phones, card.organisation, card.note)
        content = digest([said.name, said.emails, said.phones, said.organisation, said.note])
        row = tx.execute(sa.select(cards).where(cards.c.book == book, cards.c.file == file.name)).first()
        if row is not None and row.digest == content and row.etag == file.etag:
            return False
        source_id = f"{digest([book, file.name])[:32]}:{content}:{row.event_id if row else ''}"
        if _is_known(tx, source_id):  # its contact was forgotten, and is not learned again
            return False
        known = canonical(tx, row.contact_id) if row else self.contacts.of(tx, said, source_id[:40])
        received = catalog.CardReceived(
            contact_id=known, book=book, file=file.name, etag=file.etag, digest=content, **vars(said)
        )
        appended = self.log.append(tx, NewEvent(f"contact/{known}", received, source=SOURCE, source_id=source_id))
        if row is None or row.digest != content:
            self.contacts.take_over(tx, known, said, appended.event.id)
        return True

    def _gone(self, book: str, name: str) -> bool:
        with self.database.write() as tx:
            row = tx.execute(sa.select(cards).where(cards.c.book == book, cards.c.file == name)).first()
            tx.execute(sa.delete(book_files).where(book_files.c.book == book, book_files.c.file == name))
            if row is not None:
                removed = catalog.CardRemoved(contact_id=row.contact_id, book=book, file=name)
                self.log.append(tx, NewEvent(f"contact/{row.contact_id}", removed))
            return row is not None


def _is_reachable(card: Card) -> bool:
    """Whether it is a person's, and something in it could lead to them: a name alone never does."""
    return card.person and bool(card.emails or any(normal_phone(each) for each in card.phones))


def _is_known(tx: Connection, source_id: str) -> bool:
    ids = (source_id, forgotten_source(source_id))
    return (
        tx.execute(sa.select(events.c.id).where(events.c.source == SOURCE, events.c.source_id.in_(ids))).first()
        is not None
    )
