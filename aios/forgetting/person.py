"""`Person`: every id, address and name of whoever is to be forgotten, and what is theirs by them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email import policy
from email.parser import BytesHeaderParser
from email.utils import getaddresses

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import cases
from aios.connectors.files.reader import read_file
from aios.connectors.incoming import Incoming
from aios.events.catalog import IncomingMessage, LeadReceived, Sender
from aios.events.log import EventLog
from aios.forgetting.words import Words
from aios.identity.addresses import normal_email, normal_phone
from aios.identity.contact import families
from aios.identity.tables import contact_aliases, contacts
from aios.memory.tables import memory_items

UNNAMED = "Unknown sender"


@dataclass(frozen=True)
class Person:
    """A contact with all that was merged into it, and with an organisation that nobody else belongs to."""

    root: str
    name: str
    contacts: tuple[str, ...]
    emails: frozenset[str]
    phones: frozenset[str]
    words: Words

    def sent(self, sender: Sender) -> bool:
        """Whether a message's sender is this person, by address or, where it has none, by number."""
        if email := normal_email(sender.email):
            return email in self.emails
        return bool(sender.phone) and normal_phone(sender.phone) in self.phones

    def sent_file(self, name: str, data: bytes) -> bool:
        """Whether a file as it was dropped holds a message of theirs, readable or not."""
        messages = [item.message for item in read_file(name, data) if isinstance(item, Incoming)]
        return any(self.sent(message.sender) for message in messages) or self.sent_mail(data)

    def sent_mail(self, data: bytes) -> bool:
        """Whether the header of a mail, however broken the rest is, names them as its sender."""
        header = BytesHeaderParser(policy=policy.compat32).parsebytes(data[:100_000])
        given = [str(value) for value in header.get_all("From", []) + header.get_all("Reply-To", [])]
        return any(normal_email(address) in self.emails for _, address in getaddresses(given) if address)


def read_person(connection: Connection, root: str) -> Person:
    """The person behind a canonical id."""
    family = families(connection, [root])[root]
    everyone = (*family, *_only_theirs(connection, family))
    rows = connection.execute(sa.select(contacts).where(contacts.c.id.in_(everyone))).mappings().all()
    aliases = connection.execute(sa.select(contact_aliases).where(contact_aliases.c.contact_id.in_(everyone))).all()
    names = {row["id"]: str(row["name"]) for row in rows}
    said = {*names.values(), *(alias.value for alias in aliases)} - {UNNAMED}
    return Person(
        root=root,
        name=names[root],
        contacts=everyone,
        emails=frozenset(alias.value for alias in aliases if alias.kind == "email"),
        phones=frozenset(alias.value for alias in aliases if alias.kind == "phone"),
        words=Words(said),
    )


def cases_of(log: EventLog, connection: Connection, person: Person) -> list[str]:
    """The cases that are theirs, and those that nobody is known in yet but that a message of theirs opened."""
    query = sa.select(cases.c.id).where(cases.c.contact_id.in_(person.contacts)).order_by(cases.c.id)
    found = list(connection.scalars(query))
    nameless = connection.scalars(sa.select(cases.c.id).where(cases.c.contact_id == "").order_by(cases.c.id)).all()
    return found + [case_id for case_id in nameless if _opened(log, connection, person, case_id)]


def _opened(log: EventLog, connection: Connection, person: Person, case_id: str) -> bool:
    first = log.read(connection, case_id=case_id, types=(LeadReceived.type,), limit=1)
    said = first[0].payload if first else None
    return isinstance(said, IncomingMessage) and person.sent(said.sender)


def _only_theirs(connection: Connection, family: Sequence[str]) -> list[str]:
    """Organisations that are known through these contacts alone: nobody else is in them, and nothing else is theirs."""
    query = sa.select(contacts.c.organisation_id).where(contacts.c.id.in_(family), contacts.c.organisation_id != "")
    found: list[str] = []
    for organisation in sorted(set(connection.scalars(query)) - set(family)):
        if connection.scalar(sa.select(contacts.c.merged_into).where(contacts.c.id == organisation)):
            continue  # the owner has made it part of another one
        members = families(connection, [organisation])[organisation]
        if not _has_more(connection, members, family):
            found += members
    return found


def _has_more(connection: Connection, members: Sequence[str], family: Iterable[str]) -> bool:
    others = sa.select(contacts.c.id).where(
        contacts.c.organisation_id.in_(members), contacts.c.id.not_in(list(family)), contacts.c.forgotten_at.is_(None)
    )
    work = sa.select(cases.c.id).where(cases.c.contact_id.in_(members))
    known = sa.select(memory_items.c.item_id).where(memory_items.c.subject.in_(members))
    return any(connection.execute(query.limit(1)).first() for query in (others, work, known))
