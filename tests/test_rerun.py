"""A corrected rule over invoices that are booked: what would change is shown, and corrected by decision alone."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aios.billing import rebooking
from aios.cli.finance import app as family
from aios.decisions.decisions import REBOOKING
from aios.errors import Conflict, InvalidInput
from aios.events.integrity import projection_digests, rebuild
from aios.finance.month import Month
from aios.invoices.party import Contact
from aios.processes.booking_review import Reviewed, corrections, review
from tests.bills import SUPPLIER, bill
from tests.commands import here
from tests.company import Company, found_company
from tests.workplace import client_of, post

OTHER = replace(SUPPLIER, name="Telefon AG", vat_id="DE129273398", contact=Contact("Ann", "", "ann@telefon.example"))
OCTOBER = Month(2026, 10)
CHART = Path("aios/books/chart.yaml").read_text()


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home)
    yield company
    company.kernel.close()


def work(company: Company, number: str, price: str = "100.00", **more) -> str:
    case_id = company.bill(bill(number, price=price, **more), id=number)
    company.work()
    return case_id


def reviewed(company: Company) -> dict[str, Reviewed]:
    with company.kernel.database.read() as connection:
        return {each.case_id: each for each in review(company.kernel, connection, OCTOBER)}


def ask(company: Company) -> str:
    with company.kernel.database.read() as connection:
        wanted = corrections(company.kernel, connection, OCTOBER)
    return company.kernel.rebooking.ask(str(OCTOBER), wanted)


def answer(company: Company, decision_id: str, verdict: str = "approve") -> None:
    with company.kernel.database.read() as connection:
        version = company.kernel.decisions.get(connection, decision_id).version
    company.kernel.answers.give(decision_id, verdict, version, actor="owner")


def balances(company: Company) -> dict[str, int]:
    with company.kernel.database.read() as connection:
        return {each.account: each.minor for each in company.kernel.books.balances(connection) if each.minor}


def mend(home: Path) -> None:
    """Office supplies are to be other expenses from now on."""
    (home / "chart.yaml").write_text(CHART.replace("büro, buero, office]", "papers]"))


def test_rules_that_did_not_change_change_nothing(company: Company) -> None:
    first = work(company, "R-1")
    second = work(company, "R-2", "200.00", name="Beans, hosting of a coffee machine")
    found = reviewed(company)
    assert {(each.account_before, each.account_after, each.changes) for each in found.values()} == {
        ("4930", "4930", False)
    }
    assert set(found) == {first, second}
    with pytest.raises(InvalidInput, match="booked otherwise"):
        ask(company)


def test_a_corrected_hint_is_shown_with_what_follows_from_it_and_books_nothing(company: Company, home: Path) -> None:
    first, second = work(company, "R-1"), work(company, "R-2", "200.00", name="Beans")
    other = work(company, "X-1", "300.00", supplier=OTHER, name="Internet")
    before = balances(company)
    mend(home)
    found = reviewed(company)
    assert {case_id: (each.account_after, each.changes) for case_id, each in found.items()} == {
        first: ("4900", True), second: ("4900", True), other: ("4920", False)
    }  # fmt: skip
    assert "4930 Office supplies ← 1600 Payables: 100.00 EUR" in found[first].before
    assert "4900 Other expenses ← 1600 Payables: 100.00 EUR" in found[first].after
    assert balances(company) == before
    with company.kernel.database.read() as connection:
        assert company.kernel.decisions.list(connection, kind=REBOOKING) == []


def test_a_yes_corrects_by_further_entries_of_today_once_and_a_no_changes_nothing(company: Company, home: Path) -> None:
    first, second = work(company, "R-1"), work(company, "R-2", "200.00", name="Beans")
    mend(home)
    before = balances(company)
    asked = ask(company)
    assert ask(company) == asked
    answer(company, asked, "reject")
    assert balances(company) == before
    answer(company, ask(company))
    assert balances(company) == {"4900": 30000, "1576": 5700, "1600": -35700}
    assert not any(each.changes for each in reviewed(company).values()) and set(reviewed(company)) == {first, second}
    with pytest.raises(InvalidInput):
        ask(company)
    with company.kernel.database.read() as connection:
        found = {each.key: each for each in company.kernel.books.entries(connection, case_id=first)}
    assert set(found) == {f"{first}/booking", f"{first}/booking/back", f"{first}/booking/2"}
    assert found[f"{first}/booking"].day == "2026-10-30"
    assert {found[f"{first}/booking/{each}"].day for each in ("back", "2")} == {"2026-11-02"}
    company.work()
    assert company.output(first, "invoice_booking")["key"] == f"{first}/booking/2"
    assert company.decision(first).step == "invoice_payment"
    log = company.kernel.log
    digests = projection_digests(log)
    rebuild(log)
    assert projection_digests(log) == digests
    company.kernel.cases.retry(first, actor="owner")
    company.work()
    assert balances(company) == {"4900": 30000, "1576": 5700, "1600": -35700}


def test_broken_off_between_two_corrections_none_was_made_and_the_same_answer_makes_both(
    company: Company, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(company, "R-1")
    work(company, "R-2", "200.00", name="Beans")
    mend(home)
    asked, before = ask(company), balances(company)

    def broken_off(_: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(rebooking, "reach", broken_off)
        answer(company, asked)
    assert balances(company) == before
    answer(company, asked)
    assert balances(company) == {"4900": 30000, "1576": 5700, "1600": -35700}


def test_an_entry_that_was_corrected_meanwhile_stops_the_whole_correction(company: Company, home: Path) -> None:
    first, second = work(company, "R-1"), work(company, "R-2", "200.00", name="Beans")
    mend(home)
    asked = ask(company)
    with company.kernel.database.write() as tx:
        company.kernel.books.take_back(tx, f"{second}/booking", "By hand")
    before = balances(company)
    with pytest.raises(Conflict, match="holds no longer"):
        answer(company, asked)
    assert balances(company) == before
    assert set(reviewed(company)) == {first}


def test_an_account_that_the_owner_chose_stays_chosen_and_its_supplier_follows(company: Company, home: Path) -> None:
    first = work(company, "R-1", price="2000.00")
    company.answer(first, "edit", edits={"account": "4600"})
    company.work()
    second = work(company, "R-2", "200.00")
    mend(home)
    assert {case_id: (each.account_after, each.changes) for case_id, each in reviewed(company).items()} == {
        first: ("4600", False), second: ("4600", False)
    }  # fmt: skip


def test_a_changed_rate_of_tax_and_a_stricter_policy_show_too(company: Company, home: Path) -> None:
    case_id = work(company, "R-1")
    assert reviewed(company)[case_id].outcome == "allow"
    (home / "chart.yaml").write_text(CHART.replace('    - {rate: 19, account: "1576"}\n', ""))
    policy = home / "policies.yaml"
    rule = "rules:\n  - name: look\n    when: {effect: [booking.enter]}\n    then: ask\n"
    policy.write_text(policy.read_text().replace("rules:\n", rule))
    company.kernel.policies.reload()
    found = reviewed(company)[case_id]
    assert "1576" in found.before and "1576" not in found.after and found.changes
    assert (found.outcome, found.rule) == ("ask", "look")


def test_the_command_shows_what_would_change_and_the_page_takes_the_answer(
    company: Company, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = work(company, "R-1")

    def say(*words: str) -> str:
        return here(family, home, monkeypatch, "rerun", "2026-10", *words, aios_embeddings="lexical").stdout

    assert "would be booked as they are" in say()
    mend(home)
    assert "4930 Office supplies" in say() and "4900 Other expenses" in say() and "--apply" in say()
    asked = json.loads(say("--apply", "--json"))
    assert [each["case_id"] for each in asked["invoices"]] == [case_id]
    client, decision = client_of(company.kernel), asked["decision"]
    page = client.get("/billing/rerun?month=2026-10").text
    assert "Would be otherwise" in page and "4900 Other expenses" in page
    assert post(client, "/billing/rerun", month="2026-10").headers["location"] == f"/decisions/{decision}"
    [told] = client.get("/api/finance/review?month=2026-10").json()["invoices"]
    assert (told["account_before"], told["account_after"]) == ("4930", "4900")
    assert client.post("/api/finance/review?month=2026-10").json() == {"decision_id": decision}
    shown = client.get(f"/decisions/{decision}").text
    assert "Correct 1 entry of 2026-10?" in shown and "4900 Other expenses" in shown and "Correct them" in shown
    version = client.get(f"/api/decisions/{decision}").json()["version"]
    answered = client.post(f"/api/decisions/{decision}", json={"verdict": "approve", "version": version})
    assert answered.status_code == 200, answered.text
    assert balances(company) == {"4900": 10000, "1576": 1900, "1600": -11900}
    assert "would be booked as they are" in say()
    assert "All 1 would be booked as they are" in client.get("/billing/rerun").text
    assert client.post("/api/finance/review?month=2026-10").status_code == 422
