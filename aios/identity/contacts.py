"""`Contacts`: from what a message says about its sender to the one contact, and merges that can be taken back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.errors import Conflict, InvalidInput, NotFound
from aios.events import catalog
from aios.events.catalog import Sender
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.identity.addresses import company_domain, normal_email, normal_phone, parent_domains
from aios.identity.contact import ContactView, canonical, families, require_known, view
from aios.identity.tables import contact_aliases, contacts
from aios.ids import new_id
from aios.text import clean


@dataclass(frozen=True)
class Written:
    """What the owner's own address book says of somebody."""

    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    organisation: str = ""
    note: str = ""


class Contacts:
    """The contacts. Without them, one customer writing from two addresses would be two strangers.

    An address leads to one contact. A phone number alone does too, and together with an address only where the name
    agrees, since colleagues share a switchboard. A name alone never does.
    """

    def __init__(self, log: EventLog, followers: Sequence[Callable[[Connection, Sequence[str]], None]] = ()) -> None:
        """`followers` are told, in the same transaction, which contacts have taken in another, or parted."""
        self.log = log
        self.followers = followers

    def resolve(self, tx: Connection, sender: Sender, caused_by: str) -> str:
        """The canonical contact of a message's sender, created where nobody fits; new facts about it are kept.

        `caused_by` is the id of the message's event: asking again for the same message changes nothing.
        """
        name, email = _tidy(sender.name), normal_email(sender.email)
        phone = normal_phone(sender.phone, email) if sender.phone else ""
        known = self._known(tx, name, email, phone) or self._create(tx, sender, name or email or phone, caused_by)
        self._learn(tx, known, name, {"email": email, "phone": phone}, caused_by)
        self._employ(tx, known, email, sender.organisation, caused_by)
        return canonical(tx, known)

    def of(self, tx: Connection, said: Written, source_id: str) -> str:
        """The contact that an address book speaks of, by any address or by number and name; created where none fits."""
        emails = [normal for each in said.emails if (normal := normal_email(each))]
        phones = [normal for each in said.phones if (normal := normal_phone(each, (emails or [""])[0]))]
        found = [by[0] for each in emails if (by := _by_alias(tx, "email", each))]
        found += [known for each in phones if (known := self._known(tx, _tidy(said.name), "", each))]
        if found:
            return canonical(tx, found[0])
        name = _tidy(said.name) or next(iter((*emails, *phones)), "")
        return self._create(tx, Sender(organisation=said.organisation), name, source_id)

    def take_over(self, tx: Connection, contact_id: str, said: Written, caused_by: str) -> None:
        """Know the contact as the owner's address book does. An address that leads to somebody else stays theirs."""
        own = tx.scalar(sa.select(contacts.c.name).where(contacts.c.id == contact_id)) or ""
        if (name := _tidy(said.name)) and name != own:
            self._say(tx, catalog.ContactChanged(contact_id=contact_id, name=name), contact_id, caused_by)
        emails = [normal for each in said.emails if (normal := normal_email(each))]
        for email in emails:
            if all(canonical(tx, other) == canonical(tx, contact_id) for other in _by_alias(tx, "email", email)):
                self._alias(tx, contact_id, "email", email, caused_by)
        for phone in said.phones:
            if normal := normal_phone(phone, (emails or [""])[0]):
                self._alias(tx, contact_id, "phone", normal, caused_by)
        note = tx.scalar(sa.select(contacts.c.note).where(contacts.c.id == contact_id))
        if said.note and said.note != note:
            self._say(tx, catalog.ContactChanged(contact_id=contact_id, note=said.note), contact_id, caused_by)
        self._employ(tx, contact_id, (emails or [""])[0], said.organisation, caused_by)

    def merge(self, kept: str, merged: str, reason: str, actor: str = "owner") -> str:
        """Two contacts are one from now on; returns the id it goes by. `unmerge` takes it back.

        `kept` may itself be merged into another: what is merged into it goes with it, and parts with it.
        """
        with self.log.database.write() as tx:
            into = canonical(tx, kept)
            if canonical(tx, merged) != merged:
                raise Conflict(f"{merged} is already merged into another contact.", "Unmerge it first.")
            if into == merged:
                raise Conflict("A contact cannot be merged into itself.", "Choose two different contacts.")
            require_known(tx, [into, merged])
            if self._kind(tx, into) != self._kind(tx, merged):
                raise InvalidInput("A person and an organisation cannot be one contact.", "Choose two of a kind.")
            self._say(tx, catalog.ContactsMerged(kept=kept, merged=merged, reason=reason), into, actor=actor)
            self._follow(tx, [into])
            return into

    def unmerge(self, merged: str, reason: str = "", actor: str = "owner") -> str:
        """The merge was wrong: the contact stands by itself again, with what was its own; returns the one it leaves."""
        with self.log.database.write() as tx:
            kept = tx.scalar(sa.select(contacts.c.merged_into).where(contacts.c.id == merged))
            if not kept:
                raise Conflict(f"{merged} is not merged into another contact.", "Reload the Contacts page.")
            require_known(tx, [merged])
            self._say(tx, catalog.ContactsUnmerged(kept=kept, merged=merged, reason=reason), kept, actor=actor)
            self._follow(tx, [canonical(tx, str(kept)), merged])
            return str(kept)

    def canonical(self, connection: Connection, contact_id: str) -> str:
        """The id that a contact goes by today; `NotFound` where there is none."""
        return canonical(connection, contact_id)

    def family(self, connection: Connection, contact_id: str) -> list[str]:
        """Every id that stands for the same contact today."""
        root = canonical(connection, contact_id)
        return families(connection, [root])[root]

    def get(self, connection: Connection, contact_id: str) -> ContactView:
        """The contact behind an id, by the id it goes by today."""
        return view(connection, [canonical(connection, contact_id)])[0]

    def list(self, connection: Connection, q: str = "", kind: str = "", limit: int = 200) -> Sequence[ContactView]:
        """The contacts whose name or aliases contain `q`, by name; without those that were forgotten on request."""
        query = sa.select(contacts.c.id).outerjoin(contact_aliases, contact_aliases.c.contact_id == contacts.c.id)
        query = query.where(contacts.c.forgotten_at.is_(None))
        if q:
            fits = (
                contacts.c.name.icontains(q, autoescape=True),
                contact_aliases.c.value.icontains(q, autoescape=True),
            )
            query = query.where(sa.or_(*fits))
        if kind:
            query = query.where(contacts.c.kind == kind)
        ids = connection.scalars(query.distinct().order_by(contacts.c.id)).all()
        roots = sorted({canonical(connection, contact_id) for contact_id in ids}, reverse=True)[:limit]
        return sorted(view(connection, roots), key=lambda contact: (contact.name.casefold(), contact.id))

    def _follow(self, tx: Connection, roots: Sequence[str]) -> None:
        for follow in self.followers:
            follow(tx, roots)

    # --- finding and learning ------------------------------------------------------------------------------------

    def _known(self, tx: Connection, name: str, email: str, phone: str) -> str:
        if email and (found := _by_alias(tx, "email", email)):
            return found[0]
        same_phone = _by_alias(tx, "phone", phone) if phone else []
        if email or name:
            same_phone = [contact_id for contact_id in same_phone if _goes_by(tx, contact_id, name)]
        return same_phone[0] if len({canonical(tx, contact_id) for contact_id in same_phone}) == 1 else ""

    def _create(self, tx: Connection, sender: Sender, name: str, caused_by: str) -> str:
        contact_id = new_id("ct", self.log.clock.now())
        created = catalog.ContactCreated(contact_id=contact_id, kind="person", name=name or "Unknown sender")
        appended = self.log.append(
            tx,
            NewEvent(f"contact/{contact_id}", created, source="identity", source_id=caused_by, caused_by=caused_by),
        )
        if isinstance(appended.event.payload, catalog.ContactCreated):
            contact_id = appended.event.payload.contact_id
        if (said := _tidy(sender.organisation)) and not appended.duplicate:
            self._say(tx, catalog.ContactChanged(contact_id=contact_id, note=f"Says to be from {said}."), contact_id)
        return contact_id

    def _learn(self, tx: Connection, contact_id: str, name: str, given: dict[str, str], caused_by: str) -> None:
        own_name = tx.scalar(sa.select(contacts.c.name).where(contacts.c.id == contact_id))
        aliases = {kind: value for kind, value in given.items() if value}
        if name and own_name in (*aliases.values(), "Unknown sender") and name != own_name:
            self._say(tx, catalog.ContactChanged(contact_id=contact_id, name=name), contact_id, caused_by)
        elif name and own_name != name:
            aliases["name"] = name
        for kind, value in aliases.items():
            self._alias(tx, contact_id, kind, value, caused_by)

    def _alias(self, tx: Connection, contact_id: str, kind: str, value: str, caused_by: str) -> None:
        if contact_id not in _by_alias(tx, kind, value):
            added = catalog.AliasAdded.model_validate({"contact_id": contact_id, "kind": kind, "value": value})
            self._say(tx, added, contact_id, caused_by)

    def _employ(self, tx: Connection, contact_id: str, email: str, said: str, caused_by: str) -> None:
        domain = company_domain(email)
        has = tx.scalar(sa.select(contacts.c.organisation_id).where(contacts.c.id == contact_id))
        if not domain or has:
            return
        above = (_by_alias(tx, "domain", parent) for parent in parent_domains(domain))
        found = next((ids[0] for ids in above if ids), "") or self._found(tx, domain, said, caused_by)
        changed = catalog.ContactChanged(contact_id=contact_id, organisation_id=found)
        self._say(tx, changed, contact_id, caused_by)

    def _found(self, tx: Connection, domain: str, said: str, caused_by: str) -> str:
        contact_id = new_id("org", self.log.clock.now())
        name = _tidy(said) or domain.split(".")[0].replace("-", " ").title()
        created = catalog.ContactCreated(contact_id=contact_id, kind="organisation", name=name)
        self._say(tx, created, contact_id, caused_by)
        self._alias(tx, contact_id, "domain", domain, caused_by)
        return contact_id

    def _kind(self, tx: Connection, contact_id: str) -> str:
        kind = tx.scalar(sa.select(contacts.c.kind).where(contacts.c.id == contact_id))
        if kind is None:
            raise NotFound(f"There is no contact {contact_id}.", "List them on the Contacts page.")
        return kind

    def _say(
        self, tx: Connection, payload: catalog.Payload, contact_id: str, caused_by: str = "", actor: str = "system"
    ) -> None:
        self.log.append(tx, NewEvent(f"contact/{contact_id}", payload, actor=actor, caused_by=caused_by or None))


def _by_alias(tx: Connection, kind: str, value: str) -> list[str]:
    query = sa.select(contact_aliases.c.contact_id)
    query = query.where(contact_aliases.c.kind == kind, contact_aliases.c.value == value)
    return list(tx.scalars(query.order_by(contact_aliases.c.contact_id)))


def _goes_by(tx: Connection, contact_id: str, name: str) -> bool:
    own = tx.scalar(sa.select(contacts.c.name).where(contacts.c.id == contact_id)) or ""
    query = sa.select(contact_aliases.c.value)
    query = query.where(contact_aliases.c.contact_id == contact_id, contact_aliases.c.kind == "name")
    return name.casefold() in {other.casefold() for other in (own, *tx.scalars(query))}


def _tidy(name: str) -> str:
    return " ".join(clean(name, 200).split())
