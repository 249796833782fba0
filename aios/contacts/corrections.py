"""`Corrections`: what the owner knows better about a contact, said here and, by a case, in their address book."""

from collections.abc import Iterable

from sqlalchemy.engine import Connection

from aios.cases.cases import Cases
from aios.cases.process import ADDRESS_BOOK
from aios.connectors.mail.address import checked_address
from aios.contacts.book import AddressBook
from aios.errors import InvalidInput
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.identity.addresses import normal_phone
from aios.identity.contact import canonical, require_known
from aios.identity.contacts import Contacts, Written
from aios.text import clean


class Corrections:
    """Corrections by the owner. Without a case of its own, a write outside would have no policy and no decision."""

    def __init__(self, log: EventLog, contacts: Contacts, cases: Cases, book: AddressBook) -> None:
        self.log = log
        self.contacts = contacts
        self.cases = cases
        self.book = book

    def correct(
        self,
        contact_id: str,
        actor: str,
        name: str = "",
        note: str = "",
        emails: Iterable[str] = (),
        phones: Iterable[str] = (),
    ) -> str:
        """Keep what is set and new; returns the case that writes it into the address book, empty where there is none.

        `InvalidInput` for what is no address or number, `NotFound` and `Conflict` where there is no such contact.
        """
        addresses, numbers = _addresses(emails), _numbers(phones)
        has_book = self.book.is_set
        with self.log.database.write() as tx:
            root = canonical(tx, contact_id)
            require_known(tx, [root])
            said = self._new(tx, root, name, note, addresses, numbers)
            if said is None:
                return ""
            case_id = self.cases.next_id(tx, ADDRESS_BOOK.name) if has_book else None
            event = self.log.append(tx, NewEvent(f"contact/{root}", said, case_id, actor=actor)).event
            self.contacts.take_over(tx, root, _written(said), event.id)
            if case_id:
                self.cases.open(tx, case_id, ADDRESS_BOOK.name, f"{said.name or name}: address book", event.id)
                self.cases.name(tx, case_id, contact_id=root)
            return case_id or ""

    def _new(
        self, tx: Connection, root: str, name: str, note: str, emails: tuple[str, ...], phones: tuple[str, ...]
    ) -> catalog.ContactCorrected | None:
        """What of it is not known yet; None where everything is."""
        now = self.contacts.get(tx, root)
        name, note = " ".join(clean(name, 200).split()), clean(note, 5000).strip()
        said = catalog.ContactCorrected(
            contact_id=root,
            name=name if name and name != now.name else None,
            note=note if note and note != now.note else None,
            emails=tuple(each for each in emails if each.lower() not in now.values("email")),
            phones=tuple(each for each in phones if normal_phone(each) not in now.values("phone")),
        )
        return said if said.model_dump(exclude={"contact_id"}, exclude_defaults=True) else None


def _addresses(given: Iterable[str]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(checked_address(each) for each in given))
    except ValueError as error:
        raise InvalidInput(str(error), "Correct the address.") from None


def _numbers(given: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(clean(each, 60).strip() for each in given))
    if wrong := next((each for each in found if not normal_phone(each)), ""):
        raise InvalidInput(f"{wrong!r} is no phone number.", "Write it with its country: +49 30 901820.")
    return found


def _written(said: catalog.ContactCorrected) -> Written:
    return Written(said.name or "", said.emails, said.phones, "", said.note or "")
