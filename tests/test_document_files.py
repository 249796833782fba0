"""Statements, calendars and invoices that are dropped: facts in the log, each once, or quarantined with a reason."""

import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.cases.cases import Cases
from aios.cases.process import PROCESSES
from aios.cases.projection import CaseProjection
from aios.clock import ManualClock
from aios.connectors.files.reader import read_file
from aios.connectors.incoming import Document, Incoming, Problem
from aios.database import blobs
from aios.database.engine import Database
from aios.events.log import EventLog
from aios.intake.intake import Intake
from aios.intake.projection import QuarantineProjection, ThreadProjection
from aios.invoices.page import draw_page
from tests.test_calendar_files import calendar
from tests.test_invoices_pdf import plain

SHARED = Path(__file__).parents[1] / ".." / "shared" / "data"
needs_data = pytest.mark.skipif(not (SHARED / "camt").exists(), reason="../shared/data is not here")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BANK = (
    "Buchungstag;Auftraggeber/Empfänger;IBAN;Verwendungszweck;Betrag;Währung\n"
    "02.11.2026;Kaffeekontor;AT611904300234573201;RE-7;1.234,50;EUR\n"
    "02.11.2026;Tea & Co;;Tee;-5,00;EUR\n"
    "02.11.2026;Tea & Co;;Tee;-5,00;EUR\n"
)


@pytest.fixture
def intake(database: Database, clock: ManualClock, home: Path) -> Intake:
    log = EventLog(database, clock, (CaseProjection(), ThreadProjection(), QuarantineProjection()))
    return Intake(log, Cases(log, PROCESSES), clock, home)


def said(intake: Intake, *types: str) -> list[Any]:
    with intake.log.database.read() as connection:
        return [event.payload for event in intake.log.read(connection, types=types, limit=5000)]


def counts(intake: Intake, files: Iterable[Path]) -> Counter[str]:
    """How many events of each type the files make."""
    for file in files:
        assert intake.receive_file(file.name, file.read_bytes()), file.name
    with intake.log.database.read() as connection:
        return Counter(event.type for event in intake.log.read(connection, limit=5000))


def files(folder: str, *endings: str) -> list[Path]:
    found = sorted((SHARED / folder).rglob("*"))
    return [file for file in found if file.is_file() and file.suffix.lower() in endings]


# --- everything in the sample data ---------------------------------------------------------------------------------


@needs_data
@on_sqlite
def test_every_bank_statement_is_taken_in_or_quarantined_and_each_entry_is_said_once(intake: Intake) -> None:
    statements = [*files("camt/test", ".xml"), *files("mt940", ".sta")]
    first = counts(intake, statements)
    assert first == {"statement.received": 14, "case.opened": 14, "entry.booked": 28, "input.quarantined": 1}
    received = said(intake, "statement.received")
    assert (sum(each.booked for each in received), sum(each.not_booked for each in received)) == (28, 2)
    assert counts(intake, statements) == first | {"input.repeated": 14}


@needs_data
@on_sqlite
def test_every_calendar_is_taken_in_or_quarantined_and_each_appointment_is_said_once(intake: Intake) -> None:
    calendars = files("icalendar/calendars", ".ics")
    first = counts(intake, calendars)
    # of the 36 appointments, one stands in two files
    assert first == {"calendar.received": 48, "appointment.received": 35, "input.quarantined": 6}
    assert counts(intake, calendars) == first


@needs_data
@on_sqlite
def test_every_odd_mail_becomes_an_event_or_is_quarantined(intake: Intake) -> None:
    mails = [file for file in (SHARED / "mail-torture").rglob("emails/**/*") if file.is_file() and file.name[0] != "."]
    taken = [intake.receive_mail(file.read_bytes(), file.name) for file in mails]
    assert len(taken) == 47
    assert all(receipt.event_id and (receipt.case_id or receipt.reason) for receipt in taken)


@needs_data
@on_sqlite
@pytest.mark.slow
def test_every_invoice_is_taken_in_as_it_says_or_quarantined(intake: Intake) -> None:
    invoices = [*files("einvoice", ".xml"), *files("zugferd", ".xml", ".pdf")]
    found = counts(intake, invoices)
    assert set(found) == {"invoice.received", "case.opened", "input.quarantined"}
    assert all(each.number and each.issued and each.currency for each in said(intake, "invoice.received"))
    assert (found["invoice.received"], found["input.quarantined"]) == (68, 2)


# --- statements ----------------------------------------------------------------------------------------------------


def test_statements_that_overlap_say_each_entry_once_and_alike_ones_as_often_as_they_happened(intake: Intake) -> None:
    later = "03.11.2026;Vermieter;;Miete;-800,00;EUR\n"
    (first,) = intake.receive_file("october.csv", BANK.encode())
    (second,) = intake.receive_file("november.csv", (BANK + later).encode())
    (again,) = intake.receive_file("november again.csv", (BANK + later).encode())
    assert first.name.endswith("3 entries, 3 of them new")
    assert second.name.endswith("4 entries, 1 of them new")
    assert again.duplicate
    assert again.event_id == second.event_id
    assert sorted(each.amount for each in said(intake, "entry.booked")) == [-80000, -500, -500, 123450]
    with intake.log.database.read() as connection:
        newest = said(intake, "statement.received")[-1]
        assert blobs.get_bytes(connection, newest.blob) == (BANK + later).encode()


def test_what_is_not_booked_yet_is_counted_and_said_when_it_is(intake: Intake) -> None:
    rows = BANK.replace("Währung\n", "Währung;Info\n").replace("EUR\n", "EUR;vorgemerkt\n")
    intake.receive_file("today.csv", rows.encode("cp1252"))
    (statement,) = said(intake, "statement.received")
    assert (statement.booked, statement.not_booked, said(intake, "entry.booked")) == (0, 3, [])
    intake.receive_file("tomorrow.csv", rows.replace("vorgemerkt", "gebucht").encode("cp1252"))
    assert len(said(intake, "entry.booked")) == 3


def test_a_list_of_leads_stays_one_though_it_names_dates_and_amounts(intake: Intake) -> None:
    rows = "Date,Amount,Name,Email,Message\n2026-11-02,1200.00,Ann,ann@b.example,We need a website soon please\n"
    (receipt,) = intake.receive_file("leads.csv", rows.encode())
    assert receipt.case_id
    assert not said(intake, "statement.received")


# --- calendars and invoices ----------------------------------------------------------------------------------------


def test_an_appointment_is_said_again_only_where_it_was_changed(intake: Intake) -> None:
    first = calendar("SUMMARY:Kick-off", "DTSTART:20261125T090000Z")
    moved = calendar("SUMMARY:Kick-off", "DTSTART:20261126T090000Z")
    for name, data in (("a.ics", first), ("b.ics", first + b"\r\n"), ("c.ics", moved)):
        intake.receive_file(name, data)
    found = said(intake, "appointment.received")
    assert [each.starts for each in found] == ["2026-11-25T09:00:00+00:00", "2026-11-26T09:00:00+00:00"]
    with intake.log.database.read() as connection:
        streams = {event.stream for event in intake.log.read(connection, types=("appointment.received",))}
    assert len(streams) == 1


def brochure() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    page = Canvas(out)
    page.drawString(100, 700, "Our packages. Total 590,24 EUR")
    page.save()
    return out.getvalue()


def test_a_pdf_without_data_is_an_invoice_where_its_text_is_one(intake: Intake) -> None:
    intake.receive_file("bill.pdf", draw_page(plain()))
    (found,) = said(intake, "invoice.received")
    assert (found.source, found.number, found.payable) == ("text", "RE-2026-0042", 178500)
    assert (found.iban, found.media_type) == ("DE89370400440532013000", "application/pdf")
    (refused,) = intake.receive_file("brochure.pdf", brochure())
    assert refused.quarantined
    assert "no invoice number" in refused.reason


def test_an_invoice_opens_a_case_where_a_process_waits_for_it(
    database: Database, clock: ManualClock, home: Path
) -> None:
    log = EventLog(database, clock, (CaseProjection(), ThreadProjection(), QuarantineProjection()))
    intake = Intake(log, Cases(log, PROCESSES), clock, home)
    bill = draw_page(plain())
    first, again = (intake.receive_file("bill.pdf", bill)[0] for _ in range(2))
    assert first.case_id == again.case_id == "invoice-0001"
    assert again.duplicate
    assert len(said(intake, "case.opened")) == 1


# --- whatever is dropped -------------------------------------------------------------------------------------------

ENDINGS = st.sampled_from([".xml", ".pdf", ".ics", ".sta", ".ofx", ".csv", ".txt", ".XML", ""])
SHAPES = st.sampled_from(
    [b"", b"%PDF-1.7\n", b"<Invoice", b":20:1\n:60F:", b"<OFX>", b"Datum;Betrag\n", b"BEGIN:VEVENT\n"]
)


@given(ENDINGS, SHAPES, st.binary(max_size=200))
def test_no_file_raises_whatever_is_in_it(ending: str, shape: bytes, data: bytes) -> None:
    found = read_file(f"file{ending}", shape + data)
    assert found
    assert all(isinstance(item, Incoming | Document) or (item.reason and item.remedy) for item in found)


@pytest.mark.parametrize("name", ["bomb.xml", "bomb.camt"])
def test_entities_of_xml_are_not_resolved(name: str) -> None:
    bomb = (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document><BkToCstmrStmt>&e;</BkToCstmrStmt></Document>'
    )
    (problem,) = read_file(name, bomb)
    assert isinstance(problem, Problem)
    assert "document type" in problem.reason
