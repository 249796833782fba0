"""Reconciliation: each entry of a statement is accounted for once, in balance with the books, and can be taken back."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from aios.billing.twins import account_key
from aios.errors import Conflict, InvalidInput
from aios.events.integrity import projection_digests, rebuild
from tests.bank import CUSTOMER, answer, balances, banking, issue, owed, questions, tell, uses
from tests.company import Company
from tests.statements import OURS, Line, bundle, camt, camt_of, mt940


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    with banking(home) as company:
        yield company


def test_a_payment_that_names_an_invoice_settles_it_and_is_booked(company: Company) -> None:
    name = issue(company, "a")
    case_id = tell(company, camt(Line(11900, f"Rechnung RE-{name} vielen Dank", "Somebody else")))
    assert uses(company, case_id) == [("invoice", 11900, "number")]
    assert owed(company) == {} and questions(company, case_id) == []
    assert balances(company) == {"1200": 11900, "8400": -10000, "1776": -1900}
    assert company.case(case_id).outcome == "accounted"


FIRST, SECOND = "2026-0001", "2026-0002"
BOTH = {FIRST: 11900, SECOND: 5950}


@pytest.mark.parametrize(
    ("line", "rule", "minors", "left"),
    [
        (Line(5000, "Teilzahlung 2026-0001"), "number, in part", [5000], {FIRST: 6900, SECOND: 5950}),
        (Line(11900, "Rechnung 2026-\n0001"), "number", [11900], {SECOND: 5950}),
        (Line(11900, "Rechnung 120260001"), "", [], BOTH),
        (Line(17850, "2026-0001 und 2026-0002"), "numbers, bundled", [11900, 5950], {}),
        (Line(11900, "danke", CUSTOMER), "party and sum", [11900], {SECOND: 5950}),
        (Line(17850, "alles", "Kundin"), "party and sums, bundled", [11900, 5950], {}),
        (Line(11900, "danke", "Other"), "", [], BOTH),
        (Line(-350, "Entgeltabschluss Kontoführung"), "bank fee", [-350], BOTH),
    ],
)
def test_what_is_clear_is_matched_and_what_is_not_is_asked(
    company: Company, line: Line, rule: str, minors: list[int], left: dict[str, int]
) -> None:
    issue(company, "a")
    issue(company, "b", "50.00")
    case_id = tell(company, camt(line))
    found = uses(company, case_id)
    assert ({each for _, _, each in found} - {rule}, [minor for _, minor, _ in found]) == (set(), minors)
    assert owed(company) == left
    assert len(questions(company, case_id)) == (0 if minors else 1)
    assert balances(company).get("1200", 0) == sum(minors)


def test_of_an_over_payment_the_rest_is_asked_about_and_applied_once(company: Company) -> None:
    name = issue(company, "a")
    case_id = tell(company, camt(Line(12000, name, CUSTOMER)))
    assert owed(company) == {} and uses(company, case_id) == [("invoice", 11900, "number, paid over")]
    [asked] = questions(company, case_id)
    with pytest.raises(InvalidInput, match="no open invoice and no account"):
        answer(company, case_id, "4711")
    answer(company, case_id, "4900")
    assert uses(company, case_id)[1:] == [("account", 100, "chosen")]
    assert company.case(case_id).outcome == "accounted" and balances(company)["1200"] == 12000
    with pytest.raises(Conflict):
        company.kernel.answers.give(asked.id, "edit", asked.version, actor="owner", edits={"what": "4900"})


def test_the_payments_that_an_entry_bundles_are_matched_one_by_one(company: Company) -> None:
    first, second = issue(company, "a"), issue(company, "b", "50.00")
    entry = bundle(18850, Line(11900, first, "X"), Line(5950, second, "Y"), Line(1000, "hm", "Z"))
    case_id = tell(company, camt_of(entry))
    assert [minor for _, minor, _ in uses(company, case_id)] == [11900, 5950]
    answer(company, case_id, verdict="reject")
    assert uses(company, case_id)[-1] == ("ignored", 1000, "ignored") and balances(company)["1200"] == 17850
    assert company.case(case_id).outcome == "accounted"


LINES = (
    Line(11900, "Rechnung 2026-0001", CUSTOMER, "AT611904300234573201", "E1", "B1"),
    Line(-500, "Tee", "Tea & Co", "", "", "B2"),
    Line(-500, "Tee", "Tea & Co", "", "", "B3"),
    Line(7700, "unklar", "Jemand", "", "E4", "", date(2026, 11, 11)),
)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_the_same_movements_in_several_formats_and_in_statements_that_overlap_count_once(
    company: Company, order: tuple[int, int, int]
) -> None:
    issue(company, "a")
    files = [(camt(*LINES[:3]), "a.xml"), (mt940(*LINES), "b.sta"), (camt(*LINES[1:], id="S2"), "c.xml")]
    for at in order:
        tell(company, *files[at])
    for at in order:
        company.kernel.intake.receive_file(f"again-{files[at][1]}", files[at][0])
    company.work()
    assert owed(company) == {} and balances(company)["1200"] == 11900
    with company.kernel.database.read() as connection:
        left = sorted(each.left for each in company.kernel.reconciliation.entries.newest(connection, open_only=True))
    assert left == [-500, -500, 7700]


def test_an_account_is_the_same_as_iban_and_as_bank_code_with_number() -> None:
    assert account_key("51210800/1245126199") == account_key("DE75 5121 0800 1245 1261 99") == OURS
    assert account_key("370400440532013000") == "370400440532013000"


def test_a_wrong_match_is_taken_back_by_a_reversing_entry_and_not_made_again_by_a_rule(company: Company) -> None:
    name = issue(company, "a")
    other = issue(company, "b")
    case_id = tell(company, camt(Line(11900, name, CUSTOMER)))
    kernel = company.kernel
    with kernel.database.read() as connection:
        trigger = kernel.cases.get(connection, case_id).trigger
        [entry] = kernel.reconciliation.entries.of_statement(connection, trigger)
        [use] = kernel.reconciliation.entries.uses(connection, [entry.id])
    kernel.entry_questions.undo(use.key, "it was for the other one", actor="owner")
    company.work()
    assert owed(company) == {name: 11900, other: 11900} and "1200" not in balances(company)
    with pytest.raises(Conflict, match="taken back already"):
        kernel.entry_questions.undo(use.key, "again", actor="owner")
    answer(company, case_id, other)
    assert owed(company) == {name: 11900} and balances(company)["1200"] == 11900
    before = projection_digests(kernel.log)
    rebuild(kernel.log)
    assert projection_digests(kernel.log) == before


def test_an_invoice_that_is_issued_after_the_payment_came_is_found_when_it_is_looked_at_again(company: Company) -> None:
    case_id = tell(company, camt(Line(11900, "2026-0001", CUSTOMER)))
    assert len(questions(company, case_id)) == 1 and company.kernel.entry_questions.reconsider() == []
    issue(company, "a")
    assert company.kernel.entry_questions.reconsider() == [case_id]
    company.work()
    assert owed(company) == {} and questions(company, case_id) == []
    assert company.kernel.entry_questions.reconsider() == []


SHARED = Path(__file__).parents[1] / ".." / "shared" / "data"


@pytest.mark.skipif(not (SHARED / "camt").exists(), reason="../shared/data has no bank statements")
def test_every_entry_of_the_sample_statements_is_accounted_for_or_asked_about(company: Company) -> None:
    files = [*sorted((SHARED / "camt").rglob("camt*.xml")), *sorted((SHARED / "mt940").glob("*.sta"))]
    totals, kernel = Counter[str](), company.kernel
    print(f"\n{'file':<44}" + "".join(f"{each:>11}" for each in TOLD))
    for file in files:
        receipts = kernel.intake.receive_file(file.name, file.read_bytes())
        company.work()
        told = Counter[str]()
        for receipt in receipts:
            told += counted(company, receipt.case_id) if receipt.case_id else Counter({"quarantined": 1})
        assert told["entries"] == sum(told[each] for each in TOLD[2:-1])
        totals += told
        print(f"{file.name:<44}" + "".join(f"{told[each]:>11}" for each in TOLD))
    print(f"{'all':<44}" + "".join(f"{totals[each]:>11}" for each in TOLD))
    assert totals == {"statements": 14, "entries": 28, "open": 28, "quarantined": 1}
    for case in company.cases():
        for asked in questions(company, case.id):
            kernel.answers.give(asked.id, "reject", asked.version, actor="owner")
    company.work()
    assert {case.outcome for case in company.cases()} == {"accounted"}
    with kernel.database.read() as connection:
        assert kernel.reconciliation.entries.newest(connection, open_only=True) == []


TOLD = ("statements", "entries", "account", "same", "open", "nothing", "quarantined")


def counted(company: Company, case_id: str) -> Counter[str]:
    """What became of a statement's entries; `nothing` are those over nothing."""
    kernel = company.kernel
    with kernel.database.read() as connection:
        entries = kernel.reconciliation.entries.of_statement(connection, kernel.cases.get(connection, case_id).trigger)
        found = kernel.reconciliation.entries.uses(connection, [each.id for each in entries])
        asked = {each.effect_key.partition("/")[0] for each in questions(company, case_id)}
    told = Counter({"statements": 1, "entries": len(entries), "open": len(asked)})
    told += Counter({use.entry: use.how for use in found}.values())
    assert asked == {each.id for each in entries if each.left}
    return told + Counter(nothing=sum(not each.amount for each in entries))
