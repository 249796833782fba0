"""What the owner corrects about a contact goes into their address book: by decision, once, over nobody's words."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios.errors import InvalidInput
from tests.commands import here
from tests.company import Company, found_company
from tests.peers.radicale import Radicale
from tests.test_address_book import MIRA


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    peer = Radicale(tmp_path_factory.mktemp("radicale")).start()
    yield peer
    peer.stop()


@pytest.fixture
def company(home: Path, server: Radicale) -> Iterator[Company]:
    for file in server.cards():
        server.write_card(file)
    found = found_company(
        home, aios_carddav_url=server.book_url, aios_mode="live", aios_owner_email="lena@nordlicht.example"
    )
    yield found
    found.kernel.close()


def mira(company: Company, server: Radicale) -> str:
    """The contact behind a card of the address book."""
    server.write_card("mira.vcf", *MIRA, "TITLE:Roaster")
    company.kernel.address_book.poll()
    return contact(company)


def contact(company: Company) -> str:
    with company.kernel.database.read() as connection:
        [found] = company.kernel.contacts.list(connection, q="mira@", kind="person")
    return found.id


def correct(company: Company, contact_id: str, **given) -> str:
    case_id = company.kernel.corrections.correct(contact_id, "owner", **given)
    company.work()
    return case_id


def test_a_correction_is_shown_against_the_card_and_written_into_it_once_approved(
    company: Company, server: Radicale
) -> None:
    case_id = correct(company, mira(company, server), name="Mira Berg", emails=["mira@berg.example"])
    decision = company.decision(case_id)
    with company.kernel.database.read() as connection:
        shown = company.kernel.decisions.shown(connection, decision)
    assert [(each.field, each.before) for each in shown.diff] == [
        ("name", "Mira Köhler"),
        ("emails", "mira@kaffeekontor.example"),
    ]
    assert "Mira Berg" not in server.cards()["mira.vcf"]
    company.answer(case_id)
    company.pass_undo_window()
    text = server.cards()["mira.vcf"]
    assert all(
        each in text for each in ("FN:Mira Berg", "mira@berg.example", "EMAIL;TYPE=work:mira@kaff", "TITLE:Roaster")
    )
    assert (company.case(case_id).status, company.case(case_id).outcome) == ("closed", "written")
    company.kernel.address_book.poll()
    with company.kernel.database.read() as connection:
        assert company.kernel.contacts.get(connection, contact(company)).name == "Mira Berg"


def test_who_has_no_card_gets_one(company: Company, server: Radicale) -> None:
    company.mail("We need a website.", email="mira@kaffeekontor.example", name="M. K.")
    company.work()
    case_id = correct(company, contact(company), name="Mira Köhler")
    company.answer(case_id)
    company.pass_undo_window()
    [text] = server.cards().values()
    assert "FN:Mira Köhler" in text
    assert "mira@kaffeekontor.example" in text
    company.kernel.address_book.poll()
    assert contact(company)


def test_where_somebody_changed_the_card_meanwhile_the_owner_decides_anew(company: Company, server: Radicale) -> None:
    case_id = correct(company, mira(company, server), note="Closed on Mondays.")
    company.answer(case_id)
    server.write_card("mira.vcf", *MIRA[:3], "NOTE:Open on Mondays.")
    company.pass_undo_window()
    assert company.case(case_id).status == "failed"
    assert "NOTE:Open on Mondays." in server.cards()["mira.vcf"]
    assert "could not go out" in company.decision(case_id).title
    company.kernel.address_book.poll()
    company.answer(case_id)
    company.work()
    company.work()
    with company.kernel.database.read() as connection:
        shown = company.kernel.decisions.shown(connection, company.decision(case_id))
    assert [(each.before, each.after) for each in shown.diff] == [("Open on Mondays.", "Closed on Mondays.")]
    company.answer(case_id)
    company.pass_undo_window()
    assert "NOTE:Closed on Mondays." in server.cards()["mira.vcf"]


def test_what_is_known_already_or_makes_no_sense_opens_no_case(company: Company, server: Radicale) -> None:
    known = mira(company, server)
    assert correct(company, known, name="Mira Köhler", emails=["mira@kaffeekontor.example"]) == ""
    for wrong in ({"emails": ["no address"]}, {"phones": ["abc"]}):
        with pytest.raises(InvalidInput):
            company.kernel.corrections.correct(known, "owner", **wrong)


def test_without_an_address_book_a_correction_stays_here(home: Path) -> None:
    company = found_company(home)
    company.mail("We need a website.", email="mira@kaffeekontor.example", name="M. K.")
    company.work()
    assert correct(company, contact(company), name="Mira Köhler") == ""
    with company.kernel.database.read() as connection:
        assert company.kernel.contacts.get(connection, contact(company)).name == "Mira Köhler"
    company.kernel.close()


def test_the_commands_read_the_address_book_and_correct_a_contact(
    home: Path, server: Radicale, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aios.cli.contacts import app

    for file in server.cards():
        server.write_card(file)
    server.write_card("mira.vcf", *MIRA)
    missing = here(app, home, monkeypatch, "sync")
    assert "AIOS_CARDDAV_URL" in str(missing.exception)
    read = here(app, home, monkeypatch, "sync", "--json", AIOS_CARDDAV_URL=server.book_url)
    assert json.loads(read.stdout) == {"changed": 1}
    [mira] = json.loads(here(app, home, monkeypatch, "list", "-q", "mira@", "--json").stdout)
    said = here(app, home, monkeypatch, "correct", mira["id"], "--name", "Mira Berg", AIOS_CARDDAV_URL=server.book_url)
    assert "Case card-0001 writes it" in said.stdout
