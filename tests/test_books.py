"""The books: always balanced, numbered without gaps, corrected by further entries, and derived again as they were."""

import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from aios.books.books import Books
from aios.books.chart import FILE, read_chart
from aios.books.entry import Draft, posting, reversed_
from aios.books.exports import exported
from aios.books.incoming import Incoming, TaxPart, account_for, postings_of
from aios.books.numbering import NumberProjection, gaps, next_number
from aios.books.projection import BookProjection
from aios.books.tables import numbers, postings
from aios.clock import ManualClock, SystemClock
from aios.database.engine import Database
from aios.errors import Conflict, InvalidInput, Misconfigured
from aios.events.integrity import projection_digests, rebuild
from aios.events.log import EventLog
from aios.events.types.books import Posting
from tests.forking import CONTEXT

CHART = read_chart(Path("/nowhere"))
ACCOUNTS = sorted(CHART.accounts)


def open_books(database: Database, home: Path, clock=None) -> Books:
    return Books(EventLog(database, clock or ManualClock(), (NumberProjection(), BookProjection())), home)


@pytest.fixture
def books(database: Database, home: Path) -> Books:
    return open_books(database, home)


@pytest.fixture
def one_store(tmp_path: Path, sqlite_file: Path) -> Iterator[Database]:
    """SQLite alone, for what does not depend on the store."""
    (tmp_path / "aios.db").write_bytes(sqlite_file.read_bytes())
    database = Database(f"sqlite:///{tmp_path / 'aios.db'}")
    yield database
    database.close()


def draft(key: str = "invoice-0001/booking", minor: int = 11900, **more) -> Draft:
    said = {"day": "2026-10-30", "text": "Coffee", "document": "R-1", "currency": "EUR", **more}
    return Draft(key, postings=said.pop("postings", posting("4900", "1600", minor)), **said)


def book(books: Books, *drafts: Draft) -> None:
    for each in drafts:
        with books.log.database.write() as tx:
            books.book(tx, each, "invoice-0001")


def balances(books: Books) -> dict[str, int]:
    with books.log.database.read() as connection:
        return {each.account: each.minor for each in books.balances(connection)}


# --- entries -------------------------------------------------------------------------------------------------------


def test_an_entry_is_booked_once_under_its_key_and_never_otherwise(books: Books) -> None:
    book(books, draft(), draft())
    assert balances(books) == {"4900": 11900, "1600": -11900}
    with pytest.raises(Conflict, match="correction"):
        book(books, draft(minor=5))
    assert balances(books) == {"4900": 11900, "1600": -11900}


def test_a_correction_is_an_entry_that_takes_the_other_back_and_both_stay(books: Books) -> None:
    book(books, draft())
    with books.log.database.write() as tx:
        books.take_back(tx, draft().key, "Wrong account", "owner")
    book(books, draft(draft().key + "/2", postings=posting("4930", "1600", 11900)))
    assert balances(books) == {"4900": 0, "4930": 11900, "1600": -11900}
    with books.log.database.read() as connection:
        found = books.entries(connection)
    assert [(each.number, each.corrects, each.corrected_by) for each in found] == [
        (1, "", "invoice-0001/booking/back"), (2, "invoice-0001/booking", ""), (3, "", "")
    ]  # fmt: skip
    with pytest.raises(Conflict, match="corrected already"), books.log.database.write() as tx:
        books.take_back(tx, draft().key, "Again")


def test_an_account_that_the_chart_does_not_have_is_refused(books: Books) -> None:
    with pytest.raises(InvalidInput, match="4711"):
        book(books, draft(postings=posting("4711", "1600", 1)))


@pytest.mark.parametrize("wrong", [{"minor": 0}, {"minor": -5}, {"credit": "4900"}])
def test_a_posting_that_does_not_balance_can_neither_be_said_nor_stored(books: Books, wrong: dict) -> None:
    row = {"debit": "4900", "credit": "1600", "minor": 1, **wrong}
    with pytest.raises((ValidationError, InvalidInput)):
        book(books, draft(postings=(Posting(**row),)))
    book(books, draft())
    with pytest.raises(IntegrityError), books.log.database.write() as tx:
        tx.execute(sa.insert(postings).values(key=draft().key, line=9, **row))


_POSTINGS = st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), st.integers(-(10**12), 10**12))
_ENTRIES = st.lists(
    st.tuples(st.lists(_POSTINGS, min_size=1, max_size=4), st.sampled_from(["2025", "2026"]), st.booleans()), max_size=8
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(_ENTRIES)
def test_whatever_is_booked_and_corrected_balances_and_replay_gives_the_same(
    one_store: Database, home: Path, said: list
) -> None:
    books = open_books(one_store, home)
    begin = balances(books)
    expected: dict[str, int] = defaultdict(int, begin)
    for lines, year, back in said:
        made = tuple(
            each for debit, credit, minor in lines if debit != credit for each in posting(debit, credit, minor)
        )
        if not made:
            continue
        with one_store.write() as tx:
            key = f"case-{next_number(tx, f'book-{year}')}-{year}-{books.log.head(tx)}"
            books.book(tx, Draft(key, f"{year}-05-01", "T", "D", "EUR", made))
            if back:
                books.take_back(tx, key, "T")
        for each in made if not back else ():
            expected[each.debit] += each.minor
            expected[each.credit] -= each.minor
    found = balances(books)
    assert sum(found.values()) == 0
    assert {number: minor for number, minor in found.items() if minor} == {n: m for n, m in expected.items() if m}
    with one_store.read() as connection:
        assert books.problems(connection) == []
    before = projection_digests(books.log)
    rebuild(books.log)
    assert (projection_digests(books.log), balances(books)) == (before, found)


# --- numbers -------------------------------------------------------------------------------------------------------


def _enter(url: str, home: str, worker: int, count: int, fault: str) -> None:
    os.environ["AIOS_FAULT"] = fault
    database = Database(url)
    books = open_books(database, Path(home), SystemClock())
    for at in range(count):
        with database.write() as tx:
            books.book(tx, draft(f"case-{worker}-{at}/booking"))
    database.close()


def test_numbers_have_no_gap_and_no_twin_whoever_takes_them_and_whoever_dies(
    books: Books, database_url: str, home: Path
) -> None:
    faults = ("", "", "commit:3", "booked:5")
    work = [
        CONTEXT.Process(target=_enter, args=(database_url, str(home), worker, 8, fault))
        for worker, fault in enumerate(faults)
    ]
    for process in work:
        process.start()
    for process in work:
        process.join(60)
    assert [process.exitcode for process in work] == [0, 0, -signal.SIGKILL, -signal.SIGKILL]
    _enter(database_url, str(home), 2, 8, "")
    _enter(database_url, str(home), 3, 8, "")
    with books.log.database.read() as connection:
        taken = connection.scalars(sa.select(numbers.c.number).order_by(numbers.c.number)).all()
        found = books.entries(connection, limit=None)
        assert (gaps(connection), books.problems(connection)) == ([], [])
    assert taken == list(range(1, 33))
    assert sorted(each.number for each in found) == taken
    assert len({each.key for each in found}) == 32


def test_a_number_taken_by_a_transaction_that_fails_goes_to_the_next(books: Books) -> None:
    with pytest.raises(RuntimeError), books.log.database.write() as tx:
        assert books.book(tx, draft("a/booking")).number == 1
        raise RuntimeError
    book(books, draft("b/booking"))
    with books.log.database.read() as connection:
        assert [each.number for each in books.entries(connection)] == [1]


def test_each_year_counts_for_itself(books: Books) -> None:
    book(books, draft("a"), draft("b", day="2027-01-01"), draft("c"))
    with books.log.database.read() as connection:
        found = [(each.series, each.number) for each in books.entries(connection)]
    assert found == [("book-2026", 1), ("book-2027", 1), ("book-2026", 2)]


# --- how an invoice is booked --------------------------------------------------------------------------------------

NINETEEN, SEVEN = TaxPart("S", "19", 10000, 1900), TaxPart("S", "7", 5000, 350)
REVERSED, ACQUIRED = TaxPart("AE", "0", 10000, 0), TaxPart("K", "0", 10000, 0)


def made(invoice: Incoming, account: str = "4900") -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for each in postings_of(invoice, CHART, account):
        sums[each.debit] += each.minor
        sums[each.credit] -= each.minor
    return {number: minor for number, minor in sums.items() if minor}


@pytest.mark.parametrize(
    ("invoice", "expected"),
    [
        (Incoming(11900, (NINETEEN,)), {"4900": 10000, "1576": 1900, "1600": -11900}),
        (Incoming(17250, (NINETEEN, SEVEN)), {"4900": 15000, "1576": 1900, "1571": 350, "1600": -17250}),
        (Incoming(11900, (NINETEEN,), credit=True), {"4900": -10000, "1576": -1900, "1600": 11900}),
        (Incoming(10000, (REVERSED,)), {"4900": 10000, "1577": 1900, "1787": -1900, "1600": -10000}),
        (Incoming(10000, (ACQUIRED,)), {"4900": 10000, "1574": 1900, "1774": -1900, "1600": -10000}),
        (Incoming(12000, (TaxPart("S", "20", 10000, 2000),)), {"4900": 12000, "1600": -12000}),
        (Incoming(11900, ()), {"4900": 11900, "1600": -11900}),
        (Incoming(12345, (NINETEEN,)), {"4900": 10445, "1576": 1900, "1600": -12345}),
        (Incoming(-11900, (TaxPart("S", "19", -10000, -1900),)), {"4900": -10000, "1576": -1900, "1600": 11900}),
        (Incoming(11902, (NINETEEN,), rounding=-2), {"4900": 10000, "1576": 1900, "1600": -11900}),
    ],
    ids=["one rate", "two rates", "credit", "reverse charge", "intra-community", "foreign tax is no input tax",
         "no tax is named", "parts that do not make the total", "negative", "rounded"],
)  # fmt: skip
def test_an_invoice_is_booked_as_owed_with_the_tax_that_may_be_deducted(invoice: Incoming, expected: dict) -> None:
    assert made(invoice) == expected


def test_the_account_is_that_of_the_suppliers_last_invoice_else_by_words_else_the_default() -> None:
    assert account_for(CHART, ["Hosting for May"], ["4930"]) == "4930"
    assert account_for(CHART, ["Hosting for May"], ["9999", "1600"]) == "4964"
    assert account_for(CHART, ["Something"]) == "4900"


# --- chart and exports ---------------------------------------------------------------------------------------------


def test_a_chart_of_ones_own_takes_the_place_of_the_shipped_one_and_a_wrong_one_says_where(home: Path) -> None:
    text = Path("aios/books/chart.yaml").read_text()
    (home / FILE).write_text(text.replace("Other expenses", "Sonstiges"))
    assert read_chart(home).name("4900") == "Sonstiges"
    (home / FILE).write_text(text.replace('expense: "4900"', 'expense: "4901"'))
    with pytest.raises(Misconfigured, match="4901"):
        read_chart(home)
    (home / FILE).write_text("accounts: [")
    with pytest.raises(Misconfigured, match="cannot be read"):
        read_chart(home)


def test_what_a_supplier_is_called_is_no_formula_and_no_command_in_an_export(books: Books) -> None:
    hostile = '=HYPERLINK("http://x","y")\n    4900  999 EUR ; x'
    book(books, draft(text=hostile, document="@SUM(1)\r\n"))
    with books.log.database.read() as connection:
        found = books.entries(connection)
    table = exported(found, CHART, "csv")
    assert "'=HYPERLINK" in table and "'@SUM(1)" in table and len(table.splitlines()) == 2
    plain = exported(found, CHART, "ledger")
    assert [line for line in plain.splitlines() if line.startswith("    ") and ";" not in line] == [
        "    Expenses:4900 Other expenses  119.00 EUR", "    Liabilities:1600 Payables  -119.00 EUR"
    ]  # fmt: skip


def test_datev_has_a_row_for_each_posting_with_german_sums_and_days(books: Books) -> None:
    book(books, draft(postings=(*posting("4900", "1600", 10000), *posting("1576", "1600", 123456789))))
    with books.log.database.read() as connection:
        rows = exported(books.entries(connection), CHART, "datev").splitlines()
    assert rows[1] == "100,00;S;EUR;4900;1600;3010;R-1;Coffee;2026-0001"
    assert rows[2] == "1234567,89;S;EUR;1576;1600;3010;R-1;Coffee;2026-0001"


def test_taking_back_twice_over_gives_the_same() -> None:
    once = posting("4900", "1600", 5)
    assert reversed_(reversed_(once)) == once
