"""Open items: what is owed at the end of any day, in agreement with the books; and what is disputed of it."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from aios.billing.disputes import Disputes
from aios.billing.issued import Files, Issued
from aios.billing.open_items import OpenItem, open_items
from aios.billing.projection import InvoiceProjection
from aios.billing.tables import bank_entries, disputes, entry_uses, received_invoices, settlements
from aios.books.books import Books
from aios.books.entry import Draft, posting
from aios.books.numbering import NumberProjection
from aios.books.projection import BookProjection
from aios.clock import ManualClock
from aios.database.engine import Database
from aios.database.migrate import scripts
from aios.errors import Conflict, NotFound
from aios.events.catalog import PaymentMatched, PaymentUnmatched
from aios.events.event import NewEvent
from aios.events.integrity import projection_digests, rebuild
from aios.events.log import EventLog
from aios.invoices.invoice import Reference
from tests.bills import bill
from tests.commands import here
from tests.company import Company, found_company
from tests.statements import Line, csv

DAYS = [date(2026, 11, day) for day in range(1, 8)]


class Office:
    """Invoices of our own and payments on them, each booked."""

    def __init__(self, database: Database, home: Path) -> None:
        self.log = EventLog(database, ManualClock(), (NumberProjection(), BookProjection(), InvoiceProjection()))
        self.books = Books(self.log, home)
        self.issued = Issued(self.log, self.books, lambda _: Files(b"u", b"c", b"p"))
        self.disputes = Disputes(self.log)

    def issue(self, key: str, on: date, **more: Any) -> None:
        self.issued.issue(bill(**more), key, on)

    def pay(self, key: str, minor: int, on: date, nth: int = 1) -> None:
        said = PaymentMatched(
            key=f"{key}/{nth}", entry="ev", direction="receivable", invoice=key, minor=minor, currency="EUR",
            on=on.isoformat(), by="rule", rule="number",
        )  # fmt: skip
        with self.log.database.write() as tx:
            self.log.append(tx, NewEvent("entry/ev", said))
            draft = Draft(f"bank/{key}/{nth}", said.on, "paid", "", "EUR", posting("1200", "1400", minor))
            self.books.book(tx, draft)

    def take_back(self, key: str) -> None:
        today = self.log.clock.now().date().isoformat()
        with self.log.database.write() as tx:
            self.log.append(tx, NewEvent("entry/ev", PaymentUnmatched(key=key, on=today, reason="another's")))
            self.books.take_back(tx, f"bank/{key}", "taken back")

    def open(self, on: date) -> dict[str, int]:
        with self.log.database.read() as connection:
            return {item.key: item.open for item in open_items(connection, on=on)}

    def receivables(self, on: date) -> int:
        with self.log.database.read() as connection:
            found = self.books.balances(connection, until=on.isoformat())
        return sum(each.minor for each in found if each.account == "1400")


@pytest.fixture
def office(database: Database, home: Path) -> Office:
    return Office(database, home)


def test_what_is_owed_at_the_end_of_each_day_is_what_stands_on_receivables(office: Office) -> None:
    office.issue("a", DAYS[0])
    office.issue("b", DAYS[1], price="50.00")
    office.issue("c", DAYS[1], price="10.00", type="381")
    office.pay("a", 4000, DAYS[3])
    office.pay("a", 7900, DAYS[5], nth=2)
    office.log.clock.advance(days=30)
    office.take_back("a/2")
    told = [office.open(day) for day in DAYS]
    assert told[0] == {"a": 11900}
    assert told[1] == told[2] == {"a": 11900, "b": 5950, "c": -1190}
    assert told[3] == told[4] == {"a": 7900, "b": 5950, "c": -1190}
    assert told[5] == told[6] == {"b": 5950, "c": -1190}
    assert office.open(date.max) == told[3]
    assert [sum(each.values()) for each in told] == [office.receivables(day) for day in DAYS]
    before = projection_digests(office.log)
    rebuild(office.log)
    assert projection_digests(office.log) == before
    assert [office.open(day) for day in DAYS] == told


def test_a_credit_note_and_the_invoice_that_it_names_settle_each_other_as_far_as_both_go(office: Office) -> None:
    office.issue("a", DAYS[0])
    office.pay("a", 10000, DAYS[1])
    named = (Reference("2026-0001", DAYS[0]),)
    office.issue("c", DAYS[2], price="50.00", type="381", preceding=named)
    assert office.open(DAYS[1]) == {"a": 1900} and office.open(DAYS[2]) == {"c": -4050}
    office.issue("d", DAYS[3], price="10.00", type="381", preceding=named)
    assert office.open(DAYS[3]) == {"c": -4050, "d": -1190}
    assert sum(office.open(DAYS[3]).values()) == office.receivables(DAYS[3])


def test_a_dispute_counts_for_the_days_on_which_it_went_on(office: Office) -> None:
    office.issue("a", DAYS[0])
    office.disputes.begin("2026-0001", DAYS[1], "never ordered", actor="owner")
    with pytest.raises(Conflict, match="disputed already"):
        office.disputes.begin("a", DAYS[2], actor="owner")
    office.disputes.resolve("a", DAYS[3], actor="owner")
    with pytest.raises(Conflict, match="not disputed"):
        office.disputes.resolve("a", DAYS[3], actor="owner")
    with office.log.database.read() as connection:
        disputed = [[item.disputed for item in open_items(connection, on=day)] for day in DAYS[:5]]
    assert disputed == [[False], [True], [True], [False], [False]]
    office.pay("a", 11900, DAYS[4])
    with pytest.raises(Conflict, match="Nothing is owed"):
        office.disputes.begin("a", DAYS[5], actor="owner")
    with pytest.raises(NotFound, match="aios invoices open"):
        office.disputes.begin("b", DAYS[5], actor="owner")


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home, aios_bank_iban="DE75512108001245126199")
    yield company
    company.kernel.close()


def owed(company: Company, on: date = date.max) -> list[OpenItem]:
    with company.kernel.database.read() as connection:
        return open_items(connection, on=on)


def test_an_invoice_that_came_in_is_owed_from_its_booking_until_it_is_paid(company: Company) -> None:
    case_id = company.bill(bill())
    assert owed(company) == []
    company.work()
    [item] = owed(company)
    assert (item.direction, item.key, item.name, item.open) == ("payable", case_id, "R-2026-001", 11900)
    assert (item.party, item.due, item.contact_id) == ("Kaffeekontor Hamburg GmbH", "2026-11-20", item.contact_id)
    assert owed(company, date(2026, 10, 29)) == [] and owed(company, date(2026, 10, 30)) == [item]
    company.answer(case_id)
    company.pass_undo_window()
    assert owed(company) == [] and owed(company, date(2026, 10, 31)) == [item]


def test_payments_and_entries_that_were_known_before_have_their_rows_after_the_migration(company: Company) -> None:
    case_id = company.bill(bill())
    company.work()
    company.kernel.billing.mark_paid(case_id, "2026-11-03", actor="owner")
    company.kernel.intake.receive_file("bank.csv", csv(Line(700, "x", "Tea"), Line(-5, "y")))
    database, tables = company.kernel.database, (settlements, bank_entries, disputes, entry_uses)
    with database.write() as tx:
        before = [tx.execute(sa.select(table)).all() for table in tables]
        for table in tables:
            table.drop(tx)
        tx.execute(sa.text("update alembic_version set version_num = '0013'"))
    with database.write() as tx:
        command.upgrade(scripts(tx), "0015")
    with database.read() as connection:
        assert [connection.execute(sa.select(table)).all() for table in tables] == before
    assert [len(rows) for rows in before] == [1, 2, 0, 0]


def test_an_invoice_is_paid_by_the_bank_once_statements_show_all_of_it(company: Company) -> None:
    case_id = company.bill(bill())
    company.work()

    def paid() -> tuple[str, str]:
        with company.kernel.database.read() as connection:
            row = connection.execute(sa.select(received_invoices)).one()
        return row.paid_on, row.paid_by

    def match(nth: int, minor: int) -> None:
        company.kernel.log.record(NewEvent("entry/ev", PaymentMatched(
            key=f"ev/{nth}", entry="ev", direction="payable", invoice=case_id, minor=minor, currency="EUR",
            on="2026-11-05", by="rule", rule="number")))  # fmt: skip

    match(1, 5000)
    assert paid() == ("", "")
    match(2, 6900)
    assert paid() == ("2026-11-05", "bank")
    company.kernel.log.record(NewEvent("entry/ev", PaymentUnmatched(key="ev/2", on="2026-11-06", reason="")))
    assert paid() == ("", "")
    before = projection_digests(company.kernel.log)
    rebuild(company.kernel.log)
    assert projection_digests(company.kernel.log) == before


def test_what_is_open_and_disputed_is_told_on_the_command_line(
    company: Company, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aios.cli.main import app

    def say(*words: str) -> str:
        return here(app, home, monkeypatch, "invoices", *words).output

    assert say("open") == "Nothing is owed.\n"
    case_id = company.bill(bill())
    company.work()
    [item] = owed(company)
    assert say("dispute", case_id, "--on", "2026-11-01") == "R-2026-001 is disputed.\n"
    [told] = json.loads(say("open", "--json"))
    assert {name: told[name] for name in asdict(item)} == asdict(item) | {"disputed": True}
    assert json.loads(say("open", "--on", "2026-10-01", "--json")) == []
    assert "119.00 EUR" in say("open")
    assert "disputed no longer" in say("dispute", "R-2026-001", "--resolve")
