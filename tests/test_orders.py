"""Orders and contracts: taken from a file, and what an invoice that comes in is held against."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aios.billing.order_file import read_orders
from aios.errors import InvalidInput
from aios.events.integrity import projection_digests, rebuild
from tests.bills import SUPPLIER, bill
from tests.commands import here
from tests.company import Company, found_company

KNOWN = (
    "number,supplier,amount,kind\nPO-7,Kaffeekontor Hamburg GmbH,119.00,order\n"
    "V-1,Kaffeekontor Hamburg GmbH,595,contract\nPO-8,Teekontor,50,order\n"
)


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home)
    company.kernel.billing.orders.record(read_orders("orders.csv", KNOWN.encode()), actor="owner")
    yield company
    company.kernel.close()


@pytest.mark.parametrize(
    ("order", "price", "supplier", "expected", "problem"),
    [
        ("PO-7", "100.00", "", "PO-7", ""),
        ("po 7", "101.50", "", "PO-7", ""),
        ("PO-7", "60.00", "", "PO-7", ""),
        ("PO-7", "103.00", "", "PO-7", "122.57 EUR instead of 119.00 EUR of order PO-7"),
        ("V-1", "400.00", "", "V-1", "476.00 EUR instead of 595.00 EUR of contract V-1"),
        ("PO-8", "30.00", "", "PO-8", "is with Teekontor, not with Kaffeekontor"),
        ("PO-9", "100.00", "", "", "names PO-9, which is none of the 2"),
        ("", "500.00", "", "V-1", ""),
        ("", "9000.00", "", "", "none of the 2 orders and contracts with Kaffeekontor"),
        ("PO-9", "100.00", "Somebody Else Ltd", "", ""),
    ],
)
def test_an_invoice_is_held_against_what_was_ordered(
    company: Company, order: str, price: str, supplier: str, expected: str, problem: str
) -> None:
    seller = replace(SUPPLIER, name=supplier, vat_id="DE129273398") if supplier else SUPPLIER
    case_id = company.bill(bill(price=price, supplier=seller, order=order))
    company.work()
    match = company.output(case_id, "invoice_match")
    told = [each["sentence"] for each in match["findings"] if each["rule"] == "AIOS-ORDER"]
    assert match["for_order"] == expected
    assert (problem in told[0], "wrong_order" in match["flags"]) == (True, True) if problem else told == []
    if problem:
        assert company.decision(case_id).step == "invoice_booking"


def test_orders_said_again_replace_the_former_and_are_derived_again(company: Company) -> None:
    kernel = company.kernel
    changed = read_orders("orders.yaml", b"- {number: PO-7, supplier: Kaffeekontor Hamburg GmbH, amount: 200}")
    assert kernel.billing.orders.record(changed, actor="owner") == 1
    assert kernel.billing.orders.record(changed, actor="owner") == 0
    with kernel.database.read() as connection:
        found = {each.number: each.minor for each in kernel.billing.orders.all(connection)}
    assert found == {"PO-7": 20000, "V-1": 59500, "PO-8": 5000}
    before = projection_digests(kernel.log)
    rebuild(kernel.log)
    assert projection_digests(kernel.log) == before


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", b"number,supplier\n1,x\n", "Order 1 is wrong at amount"),
        ("a.csv", b"number,supplier,amount\n1,x,1\n0001,y,2\n", "same number"),
        ("a.yaml", b"[", "no list"),
        ("a.json", b'{"number": 1}', "has 0 orders"),
        ("a.yaml", b"- 7", "Order 1 is wrong"),
        ("a.csv", b"", "has 0 orders"),
    ],
)
def test_a_file_that_is_wrong_says_where(name: str, data: bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read_orders(name, data)


def test_orders_are_taken_in_and_listed_on_the_command_line(
    company: Company, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aios.cli.main import app

    file = home / "more.csv"
    file.write_text("number;supplier;amount\nPO-10;Büro & Co;12.50\n")
    assert "1 of them new" in here(app, home, monkeypatch, "orders", "add", str(file)).output
    told = json.loads(here(app, home, monkeypatch, "orders", "list", "--json").output)
    assert told[0]["number"] == "PO-10" and len(told) == 4
