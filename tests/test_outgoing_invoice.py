"""Invoices of our own as a process: drafted, checked, issued once by decision, sent once with their files."""

import email
import email.policy
import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aios.books.numbering import gaps
from aios.clock import SystemClock
from aios.errors import InvalidInput
from aios.events.integrity import projection_digests, rebuild
from aios.invoices.reader import read_invoice
from aios.invoices.ubl_writer import write_ubl
from tests.bills import bill
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.workplace import client_of

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.test_outgoing_invoice", "assets.chains", "facturx"])
BUSINESS = {
    "aios_owner_email": "mara@nordlicht.example",
    "aios_owner_name": "Mara Lindqvist",
    "aios_business_name": "Nordlicht Studio",
    "aios_business_street": "Hafenstraße 12",
    "aios_business_postcode": "20459",
    "aios_business_city": "Hamburg",
    "aios_business_country": "DE",
    "aios_business_vat_id": "DE136695976",
    "aios_bank_iban": "DE75512108001245126199",
}
DRAFT: dict[str, Any] = {
    "customer": {
        "name": "Kaffeekontor Hamburg GmbH",
        "email": "office@kaffeekontor.example",
        "street": "Speicherstadt 4",
        "postcode": "20457",
        "city": "Hamburg",
    },
    "lines": [
        {"name": "Website, first half", "price": 150_000, "tax": {"rate": 19}},
        {"name": "Workshop", "quantity": "1.5", "unit": "DAY", "price": 80_000, "tax": {"rate": 19}},
    ],
    "period": {"start": "2026-10-01", "end": "2026-10-31"},
}
GROSS = 321_300
CASE = "bill-0001"


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home, **BUSINESS)
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


def draft(company: Company, **more: Any) -> str:
    receipt = company.kernel.intake.receive_draft("draft.json", json.dumps(DRAFT | more).encode())
    company.work()
    assert receipt.case_id
    return receipt.case_id


def balances(company: Company) -> dict[str, int]:
    with company.kernel.database.read() as connection:
        return {each.account: each.minor for each in company.kernel.books.balances(connection) if each.minor}


def issued(company: Company) -> list[str]:
    with company.kernel.database.read() as connection:
        return [each.name for each in company.kernel.billing.issued.newest(connection)]


def mails(company: Company) -> list[Any]:
    return [email.message_from_string(text, policy=email.policy.default) for text in company.outbox()]


def test_a_draft_is_shown_then_issued_booked_and_sent_once_with_its_files_by_one_yes(company: Company) -> None:
    case_id = draft(company)
    asked = company.decision(case_id)
    assert (case_id, asked.step, asked.title) == (
        CASE,
        "bill_issued",
        "Issue the invoice to Kaffeekontor Hamburg GmbH: 3,213.00 EUR",
    )
    assert (issued(company), balances(company), company.effects(case_id)) == ([], {}, [])
    company.answer(case_id)
    company.work()
    assert issued(company) == ["2026-0001"] and mails(company) == []
    assert balances(company) == {"1400": GROSS, "8400": -270_000, "1776": -51_300}
    company.pass_undo_window()
    [mail] = mails(company)
    assert (mail["To"], mail["Subject"]) == ("office@kaffeekontor.example", "Rechnung 2026-0001, Nordlicht Studio")
    files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    said = [read_invoice(files[name]).invoice for name in ("2026-0001.pdf", "2026-0001.xml")]
    assert {(each.number, each.totals.payable, each.buyer.name) for each in said} == {
        ("2026-0001", GROSS, "Kaffeekontor Hamburg GmbH")
    }
    assert "3.213,00" in mail.get_body().get_content() and "{" not in mail.get_body().get_content()
    assert (company.case(case_id).status, company.case(case_id).outcome) == ("closed", "sent")
    [effect] = company.effects(case_id)
    assert effect.decision_id == asked.id
    company.kernel.cases.retry(case_id, actor="owner")
    company.work()
    company.pass_undo_window()
    assert len(mails(company)) == 1 and issued(company) == ["2026-0001"]


def test_the_invoice_carries_its_customer_as_a_contact(company: Company) -> None:
    case_id = draft(company)
    company.answer(case_id)
    company.work()
    with company.kernel.database.read() as connection:
        [invoice] = company.kernel.billing.issued.newest(connection)
        contact = company.kernel.contacts.get(connection, invoice.contact_id)
    assert invoice.contact_id == company.case(case_id).contact_id
    assert "office@kaffeekontor.example" in contact.values("email")


def test_a_rejected_draft_uses_no_number(company: Company) -> None:
    company.answer(draft(company), "reject", note="not yet")
    company.work()
    assert (company.case(CASE).outcome, issued(company)) == ("rejected", [])
    other = draft(company, about="another")
    company.answer(other)
    company.work()
    assert issued(company) == ["2026-0001"]


def test_the_owner_may_edit_the_mail_before_it_is_issued_and_nothing_else(company: Company) -> None:
    case_id = draft(company)
    for wrong in ({"attachments": []}, {"to": ["no address"]}, {"text": ""}):
        with pytest.raises(InvalidInput):
            company.answer(case_id, "edit", edits=wrong)
    company.answer(case_id, "edit", edits={"to": ["billing@kaffeekontor.example"], "text": "Number {number}, {due}."})
    company.work()
    company.pass_undo_window()
    [mail] = mails(company)
    assert mail["To"] == "billing@kaffeekontor.example"
    assert mail.get_body().get_content().strip().startswith("Number 2026-0001, ")


def test_an_approval_that_is_undone_sends_nothing_until_it_is_asked_for_again(company: Company) -> None:
    case_id = draft(company)
    company.answer(case_id)
    company.work()
    company.kernel.gate.undo(f"mail.send/{case_id}/invoice", "owner")
    company.pass_undo_window()
    assert (mails(company), issued(company)) == ([], ["2026-0001"])
    company.kernel.cases.retry(case_id, actor="owner")
    company.work()
    assert company.decision(case_id).step == "bill_sent"
    company.answer(case_id)
    company.pass_undo_window()
    assert len(mails(company)) == 1


def test_the_same_draft_and_one_about_the_same_are_one_invoice(company: Company) -> None:
    first = draft(company)
    assert draft(company) == first
    monthly = draft(company, about="subscription 7, 2026-11")
    again = draft(company, about="subscription 7, 2026-11", note="Said otherwise.")
    assert monthly == again != first
    assert len(company.cases()) == 2


def test_without_an_address_it_is_issued_and_left_to_the_owner_to_send(company: Company) -> None:
    customer = {**DRAFT["customer"], "email": ""}
    case_id = draft(company, customer=customer)
    company.answer(case_id)
    company.work()
    assert (company.case(case_id).outcome, company.effects(case_id)) == ("issued", [])
    assert issued(company) == ["2026-0001"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"name": "x", "price": 1.5, "tax": {"rate": 19}}]}, "price"),
        ({"customer": {"name": "x", "email": "nobody"}}, "customer.email"),
        ({"total": 5}, "total"),
        ({"period": {"start": "2026-11-01", "end": "2026-10-01"}}, "ends before"),
    ],
)
def test_a_draft_that_breaks_its_schema_is_refused_with_the_place(
    company: Company, wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        company.kernel.intake.receive_draft("draft.json", json.dumps(DRAFT | wrong).encode())
    assert company.kernel.intake.receive_file("draft.yaml", json.dumps(DRAFT | wrong).encode())[0].quarantined
    assert company.cases() == []


def test_what_breaks_a_rule_or_has_no_account_fails_with_the_remedy_before_anybody_is_asked(company: Company) -> None:
    odd = draft(company, lines=[{"name": "x", "price": 100, "tax": {"rate": 16}}])
    exempt = draft(company, lines=[{"name": "x", "price": 100, "tax": {"category": "E"}}])
    assert "no account for revenue" in company.case(odd).reason
    assert "BR-E-10" in company.case(exempt).reason
    assert {company.case(each).status for each in (odd, exempt)} == {"failed"}
    assert issued(company) == []


def test_without_the_business_in_the_settings_it_says_what_to_set(home: Path) -> None:
    company = found_company(home)
    assert "AIOS_BUSINESS_COUNTRY" in company.case(draft(company)).remedy
    company.kernel.close()


def test_drafts_are_dropped_as_yaml_json_or_xml_and_an_invoice_of_others_stays_one(company: Company) -> None:
    yaml = b"customer: {name: Werft Nord, email: a@werft.example}\nlines: [{name: Text, price: 100, tax: {rate: 7}}]\n"
    for name, data in (
        ("1.yaml", yaml),
        ("2.json", json.dumps(DRAFT).encode()),
        ("3.draft.xml", write_ubl(bill())),
        ("4.xml", write_ubl(bill("R-4"))),
        ("5.json", b'{"email": "ana@lead.example", "message": "We need a website."}'),
    ):
        company.kernel.intake.receive_file(name, data)
    company.work()
    assert sorted(case.id for case in company.cases()) == [
        "bill-0001", "bill-0002", "bill-0003", "invoice-0001", "lead-0001",
    ]  # fmt: skip
    aliased = b"a: &a [x]\ncustomer: {name: *a}\nlines: []\n"
    assert company.kernel.intake.receive_file("6.yaml", aliased)[0].quarantined


def test_a_rollback_drafts_a_credit_note_which_is_issued_by_its_own_decision_and_booked_as_a_new_entry(
    company: Company,
) -> None:
    case_id = draft(company)
    company.answer(case_id)
    company.work()
    company.pass_undo_window()
    before = balances(company)
    client = client_of(company.kernel)
    assert "credit note" in client.get(f"/cases/{case_id}/rollback").text
    assert "credit note" in client.get(f"/api/cases/{case_id}/rollback").json()["besides"]
    company.kernel.rollback.start(case_id, "owner")
    company.work()
    company.work()
    credit = "bill-0002"
    assert company.decision(credit).title == "Issue the credit note to Kaffeekontor Hamburg GmbH: 3,213.00 EUR"
    assert balances(company) == before and issued(company) == ["2026-0001"]
    company.answer(credit)
    company.work()
    company.pass_undo_window()
    assert issued(company) == ["2026-0002", "2026-0001"] and balances(company) == {}
    with company.kernel.database.read() as connection:
        assert len(company.kernel.books.entries(connection)) == 2
        note = company.kernel.billing.issued.get(connection, "2026-0002")
        said = read_invoice(company.kernel.billing.issued.files(connection, note).pdf).invoice
    assert note.credit and [each.number for each in said.preceding] == ["2026-0001"]
    assert "Gutschrift 2026-0002" in [mail["Subject"].split(",")[0] for mail in mails(company)]
    company.kernel.cases.retry(case_id, actor="owner")
    company.work()
    assert len(company.cases()) == 2


def test_a_rollback_before_the_number_needs_no_credit_note(company: Company) -> None:
    case_id = draft(company)
    company.kernel.rollback.start(case_id, "owner")
    company.work()
    assert (company.case(case_id).outcome, len(company.cases()), issued(company)) == ("rolled_back", 1, [])


def test_registers_and_books_are_derived_again_as_they_were(company: Company) -> None:
    case_id = draft(company)
    company.answer(case_id)
    company.work()
    company.pass_undo_window()
    before = projection_digests(company.kernel.log)
    rebuild(company.kernel.log)
    assert projection_digests(company.kernel.log) == before


def test_the_files_are_shown_with_the_question_and_in_the_outbox(company: Company) -> None:
    case_id = draft(company)
    client = client_of(company.kernel)
    decision = company.decision(case_id)
    assert "draft.pdf" in client.get(f"/decisions/{decision.id}").text
    preview = client.get(f"/decisions/{decision.id}/files/0")
    assert preview.content.startswith(b"%PDF") and "attachment" in preview.headers["Content-Disposition"]
    assert client.get(f"/decisions/{decision.id}/files/7").status_code == 404
    company.answer(case_id)
    company.work()
    company.pass_undo_window()
    key = f"mail.send/{case_id}/invoice"
    assert "2026-0001.pdf" in client.get("/outbox/effect", params={"key": key}).text
    sent = client.get("/outbox/effect/attachment", params={"key": key, "number": 1})
    assert read_invoice(sent.content).invoice.number == "2026-0001"


def test_drafts_are_handed_in_and_issued_ones_listed_over_http(company: Company) -> None:
    client = client_of(company.kernel)
    first, again = (client.post("/api/invoices/drafts", json=DRAFT) for _ in range(2))
    assert (first.status_code, again.status_code, first.json()["case_id"]) == (202, 200, CASE)
    assert client.post("/api/invoices/drafts", json={}).status_code == 422
    company.work()
    company.answer(CASE)
    company.work()
    [listed] = client.get("/api/invoices/issued").json()["invoices"]
    assert (listed["name"], listed["payable"], listed["key"]) == ("2026-0001", GROSS, CASE)


def _work(home: str, url: str, fault: str) -> None:
    os.environ["AIOS_FAULT"] = fault
    company = found_company(Path(home), url, SystemClock(), **BUSINESS, aios_undo_seconds=0)
    company.work()
    company.work()
    company.kernel.close()


@pytest.mark.slow
def test_killed_anywhere_between_the_yes_and_the_mail_there_is_one_number_and_one_mail(
    home: Path, database_url: str
) -> None:
    company = found_company(home, database_url, SystemClock(), **BUSINESS, aios_undo_seconds=0)
    company.answer(draft(company))
    for fault in ("issued:1", "numbered:1", "performed:1", ""):
        process = CONTEXT.Process(target=_work, args=(str(home), database_url, fault))
        process.start()
        process.join(60)
        assert process.exitcode == (-signal.SIGKILL if fault else 0)
    year = company.kernel.clock.now().year
    assert issued(company) == [f"{year}-0001"]
    assert [mail["Subject"].split(",")[0] for mail in mails(company)] == [f"Rechnung {year}-0001"]
    with company.kernel.database.read() as connection:
        assert gaps(connection) == []
    company.kernel.close()


def test_the_bytes_of_an_invoice_that_came_in_are_handed_in_over_http(company: Company) -> None:
    client = client_of(company.kernel)
    body, kind = write_ubl(bill()), {"Content-Type": "application/octet-stream"}
    first, again = (client.post("/api/invoices?name=one.xml", content=body, headers=kind) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 200)
    refused = client.post("/api/invoices?name=one.xml", content=body, headers={"Content-Type": "text/plain"})
    assert refused.status_code == 415
