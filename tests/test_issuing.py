"""Invoices of our own: numbered without gaps whoever issues and whoever dies, right by every rule, and booked."""

import os
import signal
from datetime import date
from pathlib import Path

import pytest

from aios.billing.issued import Files, Issued
from aios.billing.projection import InvoiceProjection
from aios.books.books import Books
from aios.books.numbering import NumberProjection, gaps
from aios.books.projection import BookProjection
from aios.clock import SystemClock
from aios.database.engine import Database
from aios.errors import InvalidInput
from aios.events.integrity import projection_digests, rebuild
from aios.events.log import EventLog
from aios.invoices.reader import read_invoice, read_xml
from aios.invoices.ubl_writer import write_ubl
from tests.bills import bill, wrong
from tests.forking import CONTEXT

DAY = date(2026, 11, 25)


def quick(invoice) -> Files:
    ubl = write_ubl(invoice)
    return Files(ubl, ubl, ubl)


def register(database: Database, home: Path, render=None) -> Issued:
    log = EventLog(database, SystemClock(), (NumberProjection(), BookProjection(), InvoiceProjection()))
    return Issued(log, Books(log, home), render)


def _issue(url: str, home: str, worker: int, fault: str) -> None:
    os.environ["AIOS_FAULT"] = fault
    database = Database(url)
    issued = register(database, Path(home), quick)
    for at in range(5):
        issued.issue(bill(), f"{worker}/{at}", DAY)
    database.close()


def test_numbers_of_invoices_have_no_gap_and_no_twin_whoever_issues_and_whoever_dies(
    database: Database, database_url: str, home: Path
) -> None:
    faults = ("", "issued:2", "commit:3")
    work = [CONTEXT.Process(target=_issue, args=(database_url, str(home), at, each)) for at, each in enumerate(faults)]
    for process in work:
        process.start()
    for process in work:
        process.join(60)
    assert [process.exitcode for process in work] == [0, -signal.SIGKILL, -signal.SIGKILL]
    for worker in (1, 2):
        _issue(database_url, str(home), worker, "")
    issued = register(database, home)
    with database.read() as connection:
        found = issued.newest(connection)
        assert (gaps(connection), issued.books.problems(connection)) == ([], [])
        for each in found:
            assert read_xml(issued.files(connection, each).ubl).invoice.number == each.name
    assert [each.name for each in reversed(found)] == [f"2026-{number:04d}" for number in range(1, 16)]
    before = projection_digests(issued.log)
    rebuild(issued.log)
    assert projection_digests(issued.log) == before


def test_an_invoice_that_breaks_a_rule_gets_no_number(database: Database, home: Path) -> None:
    issued = register(database, home)
    with pytest.raises(InvalidInput, match="BR-CO-15"):
        issued.issue(wrong(bill()), "a", DAY)
    with pytest.raises(InvalidInput, match="no account for revenue of category S at 16 %"):
        register(database, home, quick).issue(bill(rate="16"), "b", DAY)
    done = register(database, home, quick).issue(bill(), "c", DAY)
    assert done.name == "2026-0001"


def test_it_leaves_as_ubl_cii_and_factur_x_that_say_the_same_and_is_booked_as_owed(
    database: Database, home: Path
) -> None:
    issued = register(database, home)
    done = issued.issue(bill(), "a", DAY)
    with database.read() as connection:
        files = issued.files(connection, done)
        balances = {each.account: each.minor for each in issued.books.balances(connection)}
    said = [read_invoice(each).invoice for each in (files.ubl, files.cii, files.pdf)]
    assert {(each.number, each.totals.payable, each.issued) for each in said} == {("2026-0001", 11900, DAY)}
    assert balances == {"1400": 11900, "8400": -10000, "1776": -1900}
    assert issued.issue(bill("else"), "a", DAY) == done
