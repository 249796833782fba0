"""The owner's address book: what changes in it is known once, and what is written into it overwrites nobody's words."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from aios.clock import ManualClock
from aios.connectors.base import CannotTell, Found
from aios.connectors.contacts import card
from aios.connectors.contacts.carddav import CardDav
from aios.connectors.contacts.request import Change, Create
from aios.connectors.contacts.sandbox import SandboxContacts
from aios.contacts.book import AddressBook
from aios.contacts.tables import book_cursors, book_files
from aios.database.engine import Database
from aios.errors import HardFailure, SoftFailure
from aios.events.catalog import Sender
from aios.events.log import EventLog
from aios.forgetting.forgetting import forget
from aios.identity.contacts import Contacts
from aios.kernel import open_kernel, projections
from aios.settings import Settings
from tests.peers.radicale import Radicale
from tests.ports import free_port

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    peer = Radicale(tmp_path_factory.mktemp("radicale")).start()
    yield peer
    peer.stop()


@pytest.fixture
def radicale(server: Radicale) -> Radicale:
    for file in server.cards():
        server.write_card(file)
    return server


@pytest.fixture
def book(database: Database, clock: ManualClock, home: Path, radicale: Radicale) -> AddressBook:
    log = EventLog(database, clock, projections())
    return AddressBook(settings(home, radicale), log, Contacts(log))


def settings(home: Path, radicale: Radicale) -> Settings:
    return Settings(aios_home=home, aios_carddav_url=SecretStr(radicale.book_url), aios_connector_timeout=30)


def said(book: AddressBook, *types: str) -> list[Any]:
    with book.database.read() as connection:
        return [event.payload for event in book.log.read(connection, types=types)]


def known(book: AddressBook, name: str) -> Any:
    with book.database.read() as connection:
        (found,) = book.contacts.list(connection, q=name)
    return found


MIRA = ("FN:Mira Köhler", "EMAIL;TYPE=work:mira@kaffeekontor.example", "TEL:+49 30 901820", "NOTE:Roasts\\; slowly.")


# --- what changes there is known here ------------------------------------------------------------------------------


def test_a_card_becomes_a_contact_and_where_nothing_changes_nothing_is_written(
    book: AddressBook, radicale: Radicale
) -> None:
    radicale.write_card("mira.vcf", *MIRA, "EMAIL:mira@gmx.de", "ORG:Kaffeekontor")
    assert book.poll() == 1
    mira = known(book, "Mira")
    assert mira.values("email") == ("mira@gmx.de", "mira@kaffeekontor.example")
    assert (mira.values("phone"), mira.note, mira.organisation) == (("+4930901820",), "Roasts; slowly.", "Kaffeekontor")
    with book.database.read() as connection:
        head = book.log.head(connection)
    assert book.poll() == 0
    with book.database.read() as connection:
        assert book.log.head(connection) == head


@on_sqlite
def test_whoever_wrote_to_us_before_is_the_same_person_under_the_owners_name_for_them(
    book: AddressBook, radicale: Radicale
) -> None:
    with book.database.write() as tx:
        before = book.contacts.resolve(tx, Sender(name="M. K.", email="mira@gmx.de"), "ev_1")
    radicale.write_card("mira.vcf", *MIRA, "EMAIL:mira@gmx.de")
    book.poll()
    assert (known(book, "mira@kaffeekontor").id, known(book, "mira@gmx").name) == (before, "Mira Köhler")


@on_sqlite
def test_each_change_is_taken_over_also_one_that_takes_another_back(book: AddressBook, radicale: Radicale) -> None:
    for name in ("Mira Köhler", "Mira Berg", "Mira Köhler"):
        radicale.write_card("mira.vcf", f"FN:{name}", MIRA[1])
        assert book.poll() == 1
        assert known(book, "mira@").name == name
    radicale.write_card("mira.vcf")
    assert book.poll() == 1
    assert (len(said(book, "card.received")), len(said(book, "card.removed"))) == (3, 1)
    assert known(book, "mira@").name == "Mira Köhler"


@on_sqlite
def test_read_from_the_start_again_everything_is_recognised(book: AddressBook, radicale: Radicale) -> None:
    radicale.write_card("mira.vcf", *MIRA)
    book.poll()
    with book.database.write() as tx:
        tx.execute(sa.delete(book_cursors))
        tx.execute(sa.delete(book_files))
    assert book.poll() == 0
    assert len(said(book, "card.received")) == 1


@on_sqlite
def test_an_address_that_leads_to_somebody_else_stays_theirs(book: AddressBook, radicale: Radicale) -> None:
    with book.database.write() as tx:
        theirs = book.contacts.resolve(tx, Sender(name="Info", email="info@kaffeekontor.example"), "ev_1")
        book.contacts.resolve(tx, Sender(name="Mira", email="mira@kaffeekontor.example"), "ev_2")
    radicale.write_card("mira.vcf", *MIRA, "EMAIL:info@kaffeekontor.example")
    book.poll()
    assert known(book, "info@kaffeekontor.example").id == theirs


@on_sqlite
def test_what_is_no_persons_card_holds_up_nobody(book: AddressBook, radicale: Radicale) -> None:
    radicale.write_card("a.vcf", "FN:Friends", "X-ADDRESSBOOKSERVER-KIND:group")
    radicale.write_card("b.vcf", "FN:Nobody")
    radicale.write_card("c.vcf", "FN:Odd", "EMAIL:not an address", "TEL:000")
    radicale.write_card("e.vcf", *MIRA)
    book.poll()
    assert [each.name for each in said(book, "card.received")] == ["Mira Köhler"]
    assert book.poll() == 0


@pytest.mark.parametrize(
    "text", [b"", b"x", b"BEGIN:VCARD\nFN", b"BEGIN:VCALENDAR\nEND:VCALENDAR", bytes(range(256)) * 9]
)
def test_what_is_no_card_says_so(text: bytes) -> None:
    with pytest.raises(HardFailure) as refused:
        card.read_card(text)
    assert "address book" in refused.value.remedy


@on_sqlite
def test_two_who_read_at_once_say_each_card_once(book: AddressBook, radicale: Radicale) -> None:
    for number in range(12):
        radicale.write_card(f"{number}.vcf", f"FN:Person {number}", f"EMAIL:p{number}@b.example")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: book.poll(), range(2)))
    assert sorted(each.file for each in said(book, "card.received")) == sorted(f"{number}.vcf" for number in range(12))


def test_who_was_forgotten_is_not_learned_again_from_the_same_card(
    home: Path, radicale: Radicale, clock: ManualClock
) -> None:
    radicale.write_card("mira.vcf", *MIRA)
    kernel = open_kernel(settings(home, radicale), clock)
    kernel.address_book.poll()
    forget(kernel, known(kernel.address_book, "Mira").id)
    with kernel.database.write() as tx:
        tx.execute(sa.delete(book_cursors))
        tx.execute(sa.delete(book_files))
    assert kernel.address_book.poll() == 0
    with kernel.database.read() as connection:
        assert list(kernel.contacts.list(connection)) == []
        assert "Mira" not in str(kernel.log.read(connection))
    kernel.close()


@on_sqlite
def test_a_server_that_is_not_there_is_a_soft_failure_and_none_at_all_is_fine(
    database: Database, clock: ManualClock, home: Path
) -> None:
    log = EventLog(database, clock, projections())
    assert AddressBook(Settings(aios_home=home), log, Contacts(log)).poll() == 0
    nowhere = SecretStr(f"http://127.0.0.1:{free_port()}/book/")
    with pytest.raises(SoftFailure):
        AddressBook(Settings(aios_home=home, aios_carddav_url=nowhere), log, Contacts(log)).poll()


# --- what is written there -----------------------------------------------------------------------------------------


@pytest.fixture(params=["sandbox", "radicale"])
def contacts(request: pytest.FixtureRequest, home: Path) -> Iterator[CardDav | SandboxContacts]:
    if request.param == "sandbox":
        yield SandboxContacts(Settings(aios_home=home), ManualClock())
        return
    found = CardDav(settings(home, request.getfixturevalue("radicale")), ManualClock())
    yield found
    found.disconnect()


def test_a_card_is_made_changed_removed_and_brought_back(contacts: CardDav | SandboxContacts) -> None:
    made = contacts.perform("create", {"name": "Mira Köhler", "emails": ["mira@gmx.de"]}, "create/1")
    assert contacts.perform("create", {"name": "Mira Köhler", "emails": ["mira@gmx.de"]}, "create/1") == made
    change = {"file": made["file"], "etag": made["etag"], "phones": ["+49 30 901820"]}
    changed = contacts.perform("change", change, "change/1")
    assert isinstance(found := contacts.look_up("change", change, "change/1"), Found)
    assert found.receipt["etag"] == changed["etag"]
    gone = contacts.perform("remove", {"file": made["file"], "etag": changed["etag"]}, "remove/1")
    assert isinstance(contacts.look_up("remove", {"file": made["file"]}, "remove/1"), Found)
    back = contacts.perform("restore", {"file": made["file"], "was": gone["was"]}, "restore/1")
    assert card.read_card(gone["was"].encode()).phones == ("+49 30 901820",)
    before = contacts.perform("restore", {"file": made["file"], "etag": back["etag"], "was": changed["was"]}, "undo/1")
    assert before["etag"] != back["etag"]


def test_a_change_keeps_what_else_is_in_the_card_and_never_overwrites_another_one(
    home: Path, radicale: Radicale
) -> None:
    radicale.write_card("mira.vcf", *MIRA, "PHOTO;ENCODING=b;TYPE=JPEG:AAAA", "X-PHONETIC:mee-ra", "BDAY:1990-01-02")
    contacts = CardDav(settings(home, radicale), ManualClock())
    seen = contacts.perform(
        "change", {"file": "mira.vcf", "emails": ["mira@kaffeekontor.example", "m@b.example"]}, "c/1"
    )
    text = radicale.cards()["mira.vcf"]
    for kept in ("PHOTO;ENCODING=b;TYPE=JPEG:AAAA", "X-PHONETIC:mee-ra", "BDAY:1990-01-02", "EMAIL;TYPE=work:mira@"):
        assert kept in text
    radicale.write_card("mira.vcf", *MIRA, "TITLE:Boss")
    for operation, more in (("change", {"note": "x"}), ("remove", {}), ("restore", {"was": seen["was"]})):
        with pytest.raises(HardFailure, match="has changed since"):
            contacts.perform(operation, {"file": "mira.vcf", "etag": seen["etag"], **more}, f"late/{operation}")
    assert "TITLE:Boss" in radicale.cards()["mira.vcf"]
    assert isinstance(contacts.look_up("change", {"file": "none.vcf", "note": "x"}, "c/2"), CannotTell)
    contacts.disconnect()


@pytest.mark.parametrize("file", ["../x.vcf", "a/b.vcf", "..", ".x.vcf", "a%2fb", "", "a?b", "a\\b"])
def test_no_file_leads_to_another_place(contacts: CardDav | SandboxContacts, file: str) -> None:
    with pytest.raises(HardFailure, match="cannot remove"):
        contacts.perform("remove", {"file": file}, "remove/1")


WORDS = st.text(max_size=80)


@given(WORDS.filter(lambda text: bool(text.split())), WORDS, WORDS)
def test_whatever_is_written_into_a_card_is_read_back_and_adds_no_line(name: str, organisation: str, note: str) -> None:
    try:
        asked = Create.model_validate(
            {"name": name, "emails": ["a@b.example"], "organisation": organisation, "note": note}
        )
    except ValueError:
        return
    text = card.written(asked, "uid", "mark")
    found = card.read_card(text)
    assert (found.name, found.emails, found.organisation) == (asked.name, ("a@b.example",), asked.organisation)
    assert found.note == asked.note.strip()
    changed = card.changed(text, Change.model_validate({"file": "a.vcf", "note": ""}), "mark2")
    assert (card.read_card(changed).name, card.read_card(changed).note) == (asked.name, "")
