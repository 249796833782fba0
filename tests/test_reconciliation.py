"""Reconciliation: each entry of a statement is accounted for once, in balance with the books, and can be taken back."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from aios.banking.transfer import reference
from aios.billing import accounting
from aios.billing.issued import Files
from aios.billing.open_items import open_items
from aios.billing.received import payment_key
from aios.billing.twins import account_key
from aios.cases.process import RECONCILIATION
from aios.errors import Conflict, InvalidInput
from aios.events.integrity import projection_digests, rebuild
from aios.finance.reconciling import open_problems
from aios.processes.runner import Runner
from assets.reconciliation import RECONCILIATION_PROCESS
from sensors.paid import paid_sensor
from tests.bills import IBAN, SUPPLIER, US, bill
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.statements import OURS, Line, bundle, camt, camt_of, csv, mt940
from tests.workplace import client_of, post

CUSTOMER = "Kundin AG"


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home, aios_bank_iban=OURS, aios_business_name="Nordlicht Studio")
    company.kernel.billing.issued.render = lambda _: Files(b"u", b"c", b"p")
    yield company
    kernel = company.kernel
    with kernel.database.read() as connection:
        today = kernel.clock.now().date()
        for on in (today + timedelta(days=at) for at in (-20, -1, 0, 1, 9, 10, 30)):
            assert open_problems(kernel.finance, connection, on, kernel.finance.owed(connection, on).items) == []
    company.kernel.close()


def issue(company: Company, key: str, price: str = "100.00", customer: str = CUSTOMER, **more: str) -> str:
    """An invoice of our own; returns its number."""
    from dataclasses import replace

    draft = replace(bill(price=price, **more), buyer=replace(US, name=customer))
    return company.kernel.billing.issued.issue(draft, key, date(2026, 11, 1)).name


def tell(company: Company, data: bytes, name: str = "statement.xml") -> str:
    """Take in a statement and let it be worked on; returns its case."""
    [receipt] = company.kernel.intake.receive_file(name, data)
    company.work()
    assert receipt.case_id, receipt
    return receipt.case_id


def owed(company: Company) -> dict[str, int]:
    with company.kernel.database.read() as connection:
        return {item.name: item.open for item in open_items(connection, on=date.max)}


def balances(company: Company) -> dict[str, int]:
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


def questions(company: Company, case_id: str):
    with company.kernel.database.read() as connection:
        return company.kernel.decisions.list(connection, case_id=case_id, status="open")


def answer(company: Company, case_id: str, said: str = "", verdict: str = "") -> None:
    [asked] = questions(company, case_id)
    edits = {"what": said} if said else None
    company.kernel.answers.give(
        asked.id, verdict or ("edit" if said else "approve"), asked.version, actor="owner", edits=edits
    )
    company.work()


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


def pay_by_transfer(company: Company, number: str = "R-2026-001", id: str = "r1") -> str:
    case_id = company.bill(bill(number), id=id)
    company.work()
    company.answer(case_id)
    company.pass_undo_window()
    return case_id


def test_our_own_transfer_ends_the_money_in_transit_by_its_reference(company: Company) -> None:
    case_id = pay_by_transfer(company)
    assert balances(company)["1360"] == -11900
    told = Line(-11900, "R-2026-001", SUPPLIER.name, IBAN, reference(payment_key(case_id)))
    statement = tell(company, camt(told))
    assert uses(company, statement) == [("transfer", -11900, "own transfer")]
    assert balances(company) == {"4930": 10000, "1576": 1900, "1200": -11900} and owed(company) == {}


def test_a_transfer_that_comes_back_is_owed_again_and_the_owner_is_asked_how_to_pay(company: Company) -> None:
    case_id = pay_by_transfer(company)
    mine = reference(payment_key(case_id))
    tell(company, camt(Line(-11900, "R-2026-001", SUPPLIER.name, IBAN, mine)))
    back = tell(
        company,
        camt(Line(11900, "Rückgabe: Konto erloschen", SUPPLIER.name, IBAN, mine, on=date(2026, 11, 12)), id="S2"),
    )
    company.work()
    assert uses(company, back) == [("transfer", 11900, "returned")]
    assert owed(company) == {"R-2026-001": 11900}
    assert balances(company) == {"4930": 10000, "1576": 1900, "1600": -11900}
    [asked] = questions(company, case_id)
    assert "came back" in asked.title or asked.step == "invoice_payment"
    company.answer(case_id)
    company.work()
    assert owed(company) == {} and balances(company)["1360"] == -11900
    assert company.case(case_id).outcome == "paid"


def test_what_a_bank_collects_for_an_invoice_stops_the_transfer_that_was_proposed(company: Company) -> None:
    case_id = company.bill(bill())
    company.work()
    assert company.decision(case_id).step == "invoice_payment"
    tell(company, camt(Line(-11900, "Lastschrift R-2026-001", SUPPLIER.name)))
    company.work()
    company.pass_undo_window()
    assert questions(company, case_id) == [] and company.case(case_id).outcome == "paid"
    assert balances(company) == {"4930": 10000, "1576": 1900, "1200": -11900}
    assert company.effects(case_id)[0].state == "withdrawn" and owed(company) == {}


def test_of_an_invoice_that_was_paid_in_part_only_the_rest_is_transferred(company: Company) -> None:
    case_id = company.bill(bill())
    company.work()
    tell(company, camt(Line(-1900, "Anzahlung R-2026-001", SUPPLIER.name)))
    company.work()
    company.answer(case_id)
    company.pass_undo_window()
    [file] = (company.kernel.settings.home / "outbox/transfers").glob("*.xml")
    assert '<InstdAmt Ccy="EUR">100.00</InstdAmt>' in file.read_text()
    assert owed(company) == {} and balances(company)["1360"] == -10000
    mine = reference(payment_key(case_id))
    tell(company, camt(Line(-10000, "", SUPPLIER.name, IBAN, mine), id="S2"))
    assert balances(company) == {"4930": 10000, "1576": 1900, "1200": -11900}


def test_a_payment_that_is_given_back_makes_the_invoice_owed_again(company: Company) -> None:
    name = issue(company, "a")
    tell(company, camt(Line(11900, name, CUSTOMER)))
    back = tell(company, camt(Line(-11900, f"Rücklastschrift {name}", CUSTOMER, on=date(2026, 11, 12)), id="S2"))
    assert uses(company, back) == [("invoice", -11900, "returned")] and owed(company) == {name: 11900}
    assert balances(company) == {"1400": 11900, "8400": -10000, "1776": -1900}
    again = tell(company, camt(Line(-11900, f"Rücklastschrift {name}", CUSTOMER, on=date(2026, 11, 13)), id="S3"))
    assert uses(company, again) == [] and len(questions(company, again)) == 1


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


def test_two_who_work_on_a_statement_at_once_and_one_who_dies_account_for_each_entry_once(
    home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = found_company(home, database_url)
    company.kernel.billing.issued.render = lambda _: Files(b"u", b"c", b"p")
    names = [issue(company, str(at)) for at in range(3)]
    lines = [Line(11900, name, CUSTOMER, bank=f"B{at}") for at, name in enumerate(names)]
    [receipt] = company.kernel.intake.receive_file("a.xml", camt(*lines))
    case_id, steps, runner = receipt.case_id or "", RECONCILIATION.steps, Runner(company.kernel, RECONCILIATION_PROCESS)

    reached: list[str] = []

    def dies(point: str) -> None:
        reached.append(point)
        if len(reached) == 2:
            raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(accounting, "reach", dies)
        with pytest.raises(SystemExit):
            runner.run_case(case_id, steps, "dead")
    assert owed(company) == dict.fromkeys(names, 11900)
    threads = [threading.Thread(target=runner.run_case, args=(case_id, steps, f"run{at}")) for at in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [minor for _, minor, _ in uses(company, case_id)] == [11900] * 3
    assert owed(company) == {} and balances(company)["1200"] == 35700
    check_promises(company.kernel.database)
    company.kernel.close()


def test_the_pages_and_the_api_show_what_an_entry_was_for_and_take_it_back(company: Company) -> None:
    name, client = issue(company, "a"), client_of(company.kernel)
    case_id = tell(company, camt(Line(11900, name, "Eve <b>& Co"), Line(-700, "hm", "Tea")))
    [asked] = questions(company, case_id)
    shown = client.get(f"/decisions/{asked.id}").text
    assert "Ignore it" in shown and 'name="edit_what"' in shown and "Send back" not in shown
    listed = client.get("/statements").text
    assert f"invoice {name}" in listed and "Eve &lt;b&gt;" in listed and "7.00 EUR not placed" in listed
    assert name not in client.get("/statements?view=open").text
    [entry] = [each for each in client.get("/api/statements/entries").json()["entries"] if each["amount"] > 0]
    [use] = entry["uses"]
    assert (use["how"], use["minor"], entry["left"], entry["case_id"]) == ("invoice", 11900, 0, case_id)
    done = client.post("/api/statements/undo", json={"key": use["key"], "reason": "not ours"})
    assert done.json() == {"case_id": case_id} and owed(company) == {name: 11900}
    assert client.post("/api/statements/undo", json={"key": use["key"]}).status_code == 409
    assert post(client, "/statements/undo", key=use["key"]).status_code == 409
    company.work()
    assert len(questions(company, case_id)) == 2


def test_an_entry_that_may_be_a_repetition_is_asked_about_and_never_matched_by_a_rule(company: Company) -> None:
    name = issue(company, "a")
    tell(company, camt(Line(11900, "", "Kundin AG")))
    case_id = tell(company, csv(Line(11900, name, "")), "b.csv")
    [asked] = questions(company, case_id)
    with company.kernel.database.read() as connection:
        shown = company.kernel.decisions.shown(connection, asked)
    assert shown.proposal["what"] == "same" and "may be the same one" in shown.warnings[0]
    answer(company, case_id)
    assert uses(company, case_id) == [("same", 11900, "the same")]
    assert company.case(case_id).outcome == "accounted" and balances(company)["1200"] == 11900


def test_a_yes_to_what_stands_differently_by_now_is_refused(company: Company) -> None:
    first, second = issue(company, "a"), issue(company, "b")
    case_id = tell(company, camt(Line(11900, "danke", CUSTOMER, bank="B1")))
    [asked] = questions(company, case_id)
    with company.kernel.database.read() as connection:
        assert company.kernel.decisions.shown(connection, asked).proposal["what"] == first
    tell(company, camt(Line(11900, first, "X", bank="B2"), id="S2"))
    with pytest.raises(Conflict, match="stands differently"):
        company.kernel.answers.give(asked.id, "approve", asked.version, actor="owner")
    assert "Looks at 1 statements" in (looked_at_by_sensor(company).skip_message or "")
    company.work()
    assert questions(company, case_id) == [] and owed(company) == {}
    assert {rule for _, _, rule in uses(company, case_id)} == {"party and sum"} and second not in owed(company)
    assert "stands as it did" in (looked_at_by_sensor(company).skip_message or "")


def looked_at_by_sensor(company: Company) -> dg.SkipReason:
    context = dg.build_sensor_context(resources={"kernel": company.kernel})
    told = paid_sensor(context)
    assert isinstance(told, dg.SkipReason)
    return told
