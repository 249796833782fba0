"""Reconciliation of whatever comes: in any order and however often, nothing counts twice and nothing is lost."""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aios.billing.issued import Files
from aios.billing.open_items import all_items
from aios.books.entry import Draft, posting
from aios.decisions.decisions import ENTRY
from aios.events.catalog import InvoiceRecorded
from tests.bills import US, bill
from tests.company import Company, found_company
from tests.statements import Line, camt, csv, mt940

CUSTOMERS = ("Kundin AG", "Weber und Partner", "Tea & Co")
FORMATS = {"camt.xml": camt, "mt940.sta": mt940, "table.csv": csv}


@dataclass(frozen=True)
class World:
    """What is owed, what moved on the account, and the statements that tell it: which movements, in which format.

    `contested`: several movements may mean one invoice, which then goes to the one that is told first.
    """

    issued: tuple[tuple[int, int], ...]
    received: tuple[tuple[int, int], ...]
    lines: tuple[Line, ...]
    statements: tuple[tuple[str, tuple[int, ...]], ...]
    contested: bool


def names(count: int, prefix: str) -> list[str]:
    return [f"{prefix}{number:04d}" for number in range(1, count + 1)]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    sums = st.sampled_from([5000, 7000, 12000, 12001, 30000])
    owed = st.lists(st.tuples(sums, st.integers(0, 2)), max_size=4).map(tuple)
    issued, received = draw(owed), draw(owed)
    contested = draw(st.booleans())
    free = {1: list(range(len(issued))), -1: list(range(len(received)))}
    lines: tuple[Line, ...] = ()
    for at in range(draw(st.integers(1, 6))):
        sign = draw(st.sampled_from(sorted(free)))
        chosen = draw(st.lists(st.sampled_from(free[sign]), max_size=2, unique=True)) if free[sign] else []
        free[sign] = free[sign] if contested else [each for each in free[sign] if each not in chosen]
        lines = (*lines, draw(movement(sign, issued if sign > 0 else received, chosen, at)))
    statement = st.tuples(
        st.sampled_from(sorted(FORMATS)), st.lists(st.integers(0, len(lines) - 1), min_size=1, unique=True).map(tuple)
    )
    whole = (draw(st.sampled_from(sorted(FORMATS))), tuple(range(len(lines))))
    return World(issued, received, lines, (*draw(st.lists(statement, max_size=3)), whole), contested)


@st.composite
def movement(draw: st.DrawFn, sign: int, side: Sequence[tuple[int, int]], chosen: Sequence[int], at: int) -> Line:
    """A payment of the chosen invoices of one side, named or not, of their sum or not; or something else."""
    numbers = names(len(side), "2026-" if sign > 0 else "R-77")
    total = sum(side[each][0] for each in chosen) or draw(st.integers(1, 9999))
    cents = max(1, total + draw(st.sampled_from([0, 0, 0, -1000, 1000])))
    said = " ".join(numbers[each] for each in chosen) if draw(st.booleans()) else ""
    party = CUSTOMERS[side[chosen[0]][1]] if chosen and draw(st.booleans()) else "Jemand"
    back = draw(st.sampled_from(["", "", "", "Retoure "]))
    reference, bank = f"E{at}", f"BANK{at}"
    return Line(
        sign * cents * (-1 if back else 1),
        f"{back}{said or 'danke sehr'}",
        party,
        "",
        reference,
        bank,
        date(2026, 11, 10 + at % 3),
    )


def prepared(home: Path, tables: Path, world: World) -> Company:
    """A company to which, and by which, that is owed."""
    home.mkdir()
    shutil.copy(tables, home / "workspace.db")
    company = found_company(home, database_url=f"sqlite:///{home / 'workspace.db'}")
    kernel = company.kernel
    kernel.billing.issued.render = lambda _: Files(b"u", b"c", b"p")
    for at, (cents, customer) in enumerate(world.issued):
        draft = replace(
            bill(price=f"{cents / 100:.2f}", rate="0", category="E"), buyer=replace(US, name=CUSTOMERS[customer])
        )
        kernel.billing.issued.issue(draft, f"k{at}", date(2026, 11, 1))
    for (cents, supplier), number in zip(world.received, names(len(world.received), "R-77"), strict=True):
        _receive(company, number, cents, CUSTOMERS[supplier])
    with kernel.database.read() as connection:
        company.cursor = kernel.log.head(connection)
    return company


def _receive(company: Company, number: str, cents: int, supplier: str) -> None:
    """An invoice that came in and is booked, at the end of a case that does nothing more."""
    kernel = company.kernel
    said = InvoiceRecorded(
        number=number, number_key=number, supplier=supplier, supplier_key=supplier, vat_id="", contact_id="",
        issued="2026-11-01", due="", currency="EUR", payable=cents, gross=cents, credit=False, ibans=(), blob="",
    )  # fmt: skip
    with kernel.database.write() as tx:
        case_id = kernel.cases.next_id(tx, "incoming_invoice")
        kernel.cases.open(tx, case_id, "incoming_invoice", number, "ev_none")
        kernel.billing.received.record(tx, case_id, said)
        kernel.books.book(
            tx, Draft(f"{case_id}/booking", "2026-11-01", number, number, "EUR", posting("4900", "1600", cents))
        )
        kernel.cases.close(tx, case_id, "direct debit")


def told(company: Company, world: World, order: Sequence[int]) -> None:
    """Take in the statements in that order, each looked at until nothing more comes of it."""
    for at in order:
        form, which = world.statements[at]
        company.kernel.intake.receive_file(f"{at}-{form}", FORMATS[form](*[world.lines[each] for each in which]))
        company.work()
        while company.kernel.entry_questions.reconsider():
            company.work()


def stands(company: Company) -> tuple[object, ...]:
    """What is owed, the books, and how much is open: what must not depend on the order."""
    kernel = company.kernel
    with kernel.database.read() as connection:
        items = [(item.name, item.paid, item.open) for item in all_items(connection, on=date.max)]
        sums = [(each.account, each.minor) for each in kernel.books.balances(connection)]
        entries = kernel.reconciliation.entries.newest(connection)
        uses = kernel.reconciliation.entries.uses(connection, [each.id for each in entries])
    same = {use.entry for use in uses if use.how == "same"}
    open_ = Counter((each.booked, each.amount, each.left) for each in entries if each.id not in same)
    return sorted(items), sums, open_


def check(company: Company, world: World) -> None:
    """Neither side is exceeded, each movement counts once, and whatever is open is asked about."""
    kernel = company.kernel
    with kernel.database.read() as connection:
        entries = kernel.reconciliation.entries.newest(connection)
        uses = kernel.reconciliation.entries.uses(connection, [each.id for each in entries])
        asked = {
            each.effect_key.partition("/")[0] for each in kernel.decisions.list(connection, status="open", kind=ENTRY)
        }
        items = all_items(connection, on=date.max)
        bank = sum(each.minor for each in kernel.books.balances(connection) if each.account == "1200")
        assert kernel.books.problems(connection) == []
    for entry in entries:
        mine = [use for use in uses if use.entry == entry.id]
        assert sum(use.minor for use in mine) + entry.left == entry.amount
        assert all(use.minor * entry.amount > 0 for use in mine) and entry.left * entry.amount >= 0
        assert (entry.id in asked) == (entry.left != 0)
    assert all(0 <= item.paid <= item.payable for item in items)
    counted = [entry for entry in entries if not any(use.entry == entry.id and use.how == "same" for use in uses)]
    assert Counter(each.amount for each in counted) == Counter(line.cents for line in world.lines)
    assert bank == sum(use.minor for use in uses if use.how in ("invoice", "transfer", "account"))


@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=worlds(), data=st.data())
def test_in_any_order_and_however_often_statements_come_nothing_counts_twice(
    sqlite_file: Path, world: World, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(world.statements))))
    with TemporaryDirectory() as folder:
        one, other = (prepared(Path(folder) / name, sqlite_file, world) for name in ("one", "other"))
        try:
            told(one, world, range(len(world.statements)))
            check(one, world)
            before = stands(one)
            told(one, world, order)
            assert stands(one) == before
            told(other, world, order)
            check(other, world)
            assert world.contested or stands(other) == before
        finally:
            one.kernel.close()
            other.kernel.close()
