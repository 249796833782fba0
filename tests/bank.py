"""A company whose bank statements come in: its invoices, what they were paid by, and what it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from aios.billing.issued import Files
from aios.billing.open_items import open_items
from aios.decisions.decisions import Decision
from tests.bills import US, bill
from tests.company import Company, found_company
from tests.statements import OURS

CUSTOMER = "Kundin AG"


@contextmanager
def banking(home: Path, database_url: str = "", **settings: Any) -> Iterator[Company]:
    """The company; its own invoices have files that say nothing, which is far sooner done."""
    given = {"aios_bank_iban": OURS, "aios_business_name": "Nordlicht Studio", **settings}
    company = found_company(home, database_url, **given)
    company.kernel.billing.issued.render = lambda _: Files(b"u", b"c", b"p")
    yield company
    company.kernel.close()


def issue(company: Company, key: str, price: str = "100.00", customer: str = CUSTOMER, **more: str) -> str:
    """An invoice of our own; returns its number."""
    draft = replace(bill(price=price, **more), buyer=replace(US, name=customer))
    return company.kernel.billing.issued.issue(draft, key, date(2026, 11, 1)).name


def tell(company: Company, data: bytes, name: str = "statement.xml") -> str:
    """Take in a statement and let it be worked on; returns its case."""
    [receipt] = company.kernel.intake.receive_file(name, data)
    company.work()
    assert receipt.case_id, receipt
    return receipt.case_id


def owed(company: Company) -> dict[str, int]:
    """What is open, by number."""
    with company.kernel.database.read() as connection:
        return {item.name: item.open for item in open_items(connection, on=date.max)}


def balances(company: Company) -> dict[str, int]:
    """What stands on each account, in books that are right."""
    with company.kernel.database.read() as connection:
        assert company.kernel.books.problems(connection) == []
        return {each.account: each.minor for each in company.kernel.books.balances(connection) if each.minor}


def uses(company: Company, case_id: str) -> list[tuple[str, int, str]]:
    """What each part of the statement's entries was for: how, how much, by which rule."""
    kernel = company.kernel
    with kernel.database.read() as connection:
        trigger = kernel.cases.get(connection, case_id).trigger
        entries = kernel.reconciliation.entries.of_statement(connection, trigger)
        found = kernel.reconciliation.entries.uses(connection, [each.id for each in entries])
    return [(use.how, use.minor, use.rule) for use in found if not use.undone_on]


def questions(company: Company, case_id: str) -> list[Decision]:
    """What is asked in the statement's case."""
    with company.kernel.database.read() as connection:
        return company.kernel.decisions.list(connection, case_id=case_id, status="open")


def answer(company: Company, case_id: str, said: str = "", verdict: str = "") -> None:
    """Answer the one question of a statement's case: with what the entry is, or a verdict."""
    [asked] = questions(company, case_id)
    edits = {"what": said} if said else None
    company.kernel.answers.give(
        asked.id, verdict or ("edit" if said else "approve"), asked.version, actor="owner", edits=edits
    )
    company.work()
