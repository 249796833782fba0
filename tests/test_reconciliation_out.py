"""Reconciliation: what we pay and what comes back, what is doubtful, who works at once, and what a person sees."""

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from aios.banking.transfer import reference
from aios.billing import accounting
from aios.billing.received import payment_key
from aios.cases.process import RECONCILIATION
from aios.connectors.files.statement import read_statement_file
from aios.errors import Conflict
from aios.events.event import NewEvent
from aios.processes.runner import Runner
from assets.reconciliation import RECONCILIATION_CHAIN, RECONCILIATION_PROCESS
from sensors.events import events_sensor
from sensors.paid import paid_sensor
from tests.bank import CUSTOMER, answer, balances, banking, issue, owed, questions, tell, uses
from tests.bills import IBAN, SUPPLIER, bill
from tests.company import Company
from tests.invariants import check_promises
from tests.scheduler import Scheduler
from tests.statements import Line, camt, csv
from tests.workplace import client_of, post


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    with banking(home) as company:
        yield company


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


def test_two_who_work_on_a_statement_at_once_and_one_who_dies_account_for_each_entry_once(
    home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with banking(home, database_url) as company:
        _work_at_once(company, monkeypatch)


def _work_at_once(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_statement_goes_through_dagster_from_its_event_to_what_it_settles(company: Company) -> None:
    name = issue(company, "a")
    company.kernel.intake.receive_file("a.xml", camt(Line(11900, name, CUSTOMER)))
    with dg.DagsterInstance.ephemeral() as instance:
        [request] = Scheduler(company, instance).tick(events_sensor)
        assert (request.job_name, request.partition_key) == ("reconciliation_job", "statement-0001")
        resources = {"kernel": dg.ResourceDefinition.hardcoded_resource(company.kernel)}
        chain = RECONCILIATION_CHAIN
        definitions = dg.Definitions(assets=[chain.assets], jobs=[chain.job], resources=resources)
        job = definitions.resolve_job_def("reconciliation_job")
        asked = {"run_config": request.run_config, "partition_key": request.partition_key}
        assert job.execute_in_process(instance=instance, **asked).success
        made = instance.get_materialized_partitions(dg.AssetKey("statement_accounted"))
    assert (made, owed(company)) == ({"statement-0001"}, {})


def test_a_statement_that_came_in_before_there_was_reconciliation_gets_a_case(company: Company) -> None:
    name, log = issue(company, "a"), company.kernel.log
    [document] = read_statement_file("old.xml", camt(Line(11900, name, CUSTOMER)))
    came = log.record(NewEvent("account/x", document.itself.payload)).event
    log.record(NewEvent("account/x", document.facts[0].payload, caused_by=came.id))
    [case_id] = company.kernel.entry_questions.reconsider()
    company.work()
    assert owed(company) == {} and company.case(case_id).title == "old.xml"
    assert company.kernel.entry_questions.reconsider() == []
