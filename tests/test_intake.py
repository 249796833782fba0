"""Intake: everything enters once, in the right case or in the quarantine, and nothing holds up its neighbours."""

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from aios.cases.cases import Cases
from aios.cases.process import PROCESSES
from aios.cases.projection import CaseProjection
from aios.clock import ManualClock
from aios.database import blobs
from aios.database.engine import Database
from aios.errors import Conflict, InvalidInput, NotFound
from aios.events.catalog import CATALOG, EffectCaptured
from aios.events.event import Event, NewEvent
from aios.events.log import EventLog
from aios.intake.intake import Intake
from aios.intake.projection import QuarantineProjection, ThreadProjection
from tests.mails import raw_mail
from tests.waiting import until

EXAMPLES = Path(__file__).parents[1] / "examples" / "inbox"
PROJECTIONS = (CaseProjection(), ThreadProjection(), QuarantineProjection())


@pytest.fixture
def intake(database: Database, clock: ManualClock, home: Path) -> Intake:
    log = EventLog(database, clock, PROJECTIONS)
    return Intake(log, Cases(log, PROCESSES), clock, home, own_addresses=("Lena@nordlicht.example",))


def events(intake: Intake, *types: str) -> list[Event]:
    with intake.log.database.read() as connection:
        return intake.log.read(connection, types=types)


def open_names(intake: Intake) -> list[str]:
    with intake.log.database.read() as connection:
        return [each.name for each in intake.quarantine.list(connection)]


def posted(**more: Any) -> dict[str, Any]:
    return {"sender": {"name": "Ann", "email": "ann@b.example"}, "text": "We need a website soon, please."} | more


# --- mail --------------------------------------------------------------------------------------------------------


def test_a_first_mail_is_a_lead_that_opens_a_case(intake: Intake) -> None:
    receipt = intake.receive_mail(raw_mail())
    (lead,) = events(intake, "lead.received")
    (opened,) = events(intake, "case.opened")
    assert receipt.event_id == lead.id
    assert (lead.case_id, lead.stream) == ("lead-0001", "case/lead-0001")
    assert opened.payload.trigger == lead.id  # pyright: ignore
    assert (lead.source, lead.source_id) == ("mail", "<q1@kaffeekontor.example>")
    with intake.log.database.read() as connection:
        assert blobs.get_bytes(connection, lead.payload.raw_blob) == raw_mail()  # pyright: ignore


def test_the_same_mail_by_another_way_is_a_duplicate(intake: Intake) -> None:
    first = intake.receive_mail(raw_mail())
    (again,) = intake.receive_file("copy of it.eml", raw_mail(x_exported="yes"))
    assert (again.event_id, again.case_id, again.duplicate) == (first.event_id, first.case_id, True)
    assert len(events(intake)) == 3  # lead.received, case.opened, and input.repeated


def test_a_message_id_used_twice_for_different_words_hides_nothing(intake: Intake) -> None:
    intake.receive_mail(raw_mail())
    other = intake.receive_mail(raw_mail("Something else: can you audit the data of our shop?"))
    again = intake.receive_mail(raw_mail("Something else: can you audit the data of our shop?"))
    assert not other.duplicate
    assert again.duplicate
    assert again.event_id == other.event_id
    assert len(events(intake, "lead.received")) == 2


def test_the_same_words_from_the_same_person_stay_in_the_case_they_opened(intake: Intake, clock: ManualClock) -> None:
    first = intake.receive_mail(raw_mail())
    form = b'{"email": "Mira@kaffeekontor.example", "message": "We would like a new website, please send an offer!"}'
    (again,) = intake.receive_file("form.json", form)
    (kept,) = events(intake, "message.received")
    assert (again.case_id, again.duplicate) == (first.case_id, True)
    assert "duplicate" in kept.payload.flags  # pyright: ignore
    assert not events(intake, "case.continued")
    clock.advance(days=31)
    (later,) = intake.receive_file("form.json", form.replace(b"offer!", b"offer!!"))
    assert not later.duplicate
    assert later.case_id == "lead-0002"


def test_an_answer_to_our_mail_continues_its_case(intake: Intake) -> None:
    lead = intake.receive_mail(raw_mail())
    sent = EffectCaptured(key="k", receipt={"message_id": "<aios-1@nordlicht.example>"})
    intake.log.record(NewEvent("effect/k", sent, case_id=lead.case_id))
    answer = raw_mail(
        "Yes, let us start on Monday.",
        message_id="<q2@kaffeekontor.example>",
        in_reply_to="<aios-1@nordlicht.example>",
        references="<q1@kaffeekontor.example> <aios-1@nordlicht.example>",
    )
    receipt = intake.receive_mail(answer)
    intake.receive_mail(answer)
    (continued,) = events(intake, "case.continued")
    (message,) = events(intake, "message.received")
    assert receipt.case_id == lead.case_id == message.case_id
    assert continued.payload.trigger == message.id  # pyright: ignore


@pytest.mark.parametrize(
    "headers",
    [{"auto_submitted": "auto-replied"}, {"precedence": "bulk"}, {"list_id": "<x.example>"},
     {"from": "MAILER-DAEMON@mx.example"}],
)  # fmt: skip
def test_a_machine_in_a_thread_never_starts_work_again(intake: Intake, headers: dict[str, str]) -> None:
    intake.receive_mail(raw_mail())
    machine = {"message_id": "<m@x.example>", "in_reply_to": "<q1@kaffeekontor.example>"} | headers
    receipt = intake.receive_mail(raw_mail("I am away until the fifth of the month.", **machine))
    assert receipt.case_id == "lead-0001"
    assert len(events(intake, "message.received")) == 1
    assert not events(intake, "case.continued")


def test_an_automatic_answer_to_nothing_and_our_own_mail_are_quarantined(intake: Intake) -> None:
    away = intake.receive_mail(raw_mail(auto_submitted="auto-replied"))
    own = intake.receive_mail(raw_mail(**{"from": "lena@nordlicht.example", "message_id": "<own@x.example>"}))
    assert away.quarantined
    assert own.quarantined
    assert not events(intake, "case.opened")


# --- files -------------------------------------------------------------------------------------------------------


def test_a_list_is_one_lead_for_each_row_and_a_bad_row_is_alone_in_quarantine(intake: Intake) -> None:
    table = "Name;E-Mail;Nachricht\nA;a@b.example;Website please\nB;;No address\nC;c@d.example;Data Audit please\n"
    receipts = intake.receive_file("list.csv", table.encode("cp1252"))
    assert [receipt.quarantined for receipt in receipts] == [False, True, False]
    assert [receipt.case_id for receipt in receipts] == ["lead-0001", None, "lead-0002"]
    assert "no address" in receipts[1].reason
    assert all(receipt.duplicate for receipt in intake.receive_file("renamed.csv", table.encode("cp1252")))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cut.json", b'{"email": "a@b.example", "mess'),
        ("empty.json", b""),
        ("number.json", b"42"),
        ("deep.json", b"[" * 100_000),
        ("letters.json", b'{"email": "a@b.example", "message": "\xff\xfe"}'),
        ("program.exe", b"MZ\x90\x00"),
        ("nobody.eml", b"Subject: no sender\r\n\r\nhello\r\n"),
        ("quote.csv", b'name,email\n"' + b"x" * 200_000),
        ("header.csv", b"name,email,message\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_quarantined_with_reason_and_remedy(
    intake: Intake, name: str, data: bytes
) -> None:
    (receipt,) = intake.receive_file(name, data)
    (again,) = intake.receive_file(name, data)
    assert receipt.quarantined
    assert receipt.reason
    assert receipt.remedy
    assert again.duplicate
    assert open_names(intake) == [name]


# --- posted events -----------------------------------------------------------------------------------------------


def test_a_posted_lead_is_taken_once(intake: Intake) -> None:
    first = intake.receive_event("lead.received", "crm", "17", posted())
    again = intake.receive_event("lead.received", "crm", "17", posted(text="changed since"))
    assert not first.duplicate
    assert (again.event_id, again.position, again.duplicate) == (first.event_id, first.position, True)


@pytest.mark.parametrize(
    ("type_", "payload"),
    [
        ("lead.received", {}),
        ("lead.received", posted(surprise=1)),
        ("lead.received", posted(sender={"name": "nobody"})),
        ("lead.received", posted(sender={"email": "not an address"})),
        ("lead.received", posted(text="")),
        ("no.such", posted()),
        *((name, {}) for name in sorted(set(CATALOG) - {"lead.received", "message.received"})),
    ],
)
def test_what_only_aios_may_say_and_what_breaks_the_contract_is_refused(
    intake: Intake, type_: str, payload: dict[str, Any]
) -> None:
    receipt = intake.receive_event(type_, "crm", "1", payload)
    assert receipt.quarantined
    assert [event.type for event in events(intake)] == ["input.quarantined"]


def test_a_posted_event_cannot_point_at_content_it_did_not_bring(intake: Intake) -> None:
    intake.receive_mail(raw_mail())
    digest = events(intake)[0].payload.raw_blob  # pyright: ignore
    attachment = {"name": "a", "media_type": "b", "size": 1, "blob": digest}
    receipt = intake.receive_event("lead.received", "crm", "1", posted(attachments=[attachment]))
    (lead,) = (event for event in events(intake) if event.id == receipt.event_id)
    assert lead.payload.attachments == ()  # pyright: ignore


# --- the quarantine ----------------------------------------------------------------------------------------------


def test_the_owner_releases_what_was_held_back_by_a_rule(intake: Intake) -> None:
    intake.receive_mail(raw_mail(**{"from": "lena@nordlicht.example"}))
    with intake.log.database.read() as connection:
        (held,) = intake.quarantine.list(connection)
        assert intake.quarantine.count(connection) == 1
    (receipt,) = intake.release(held.id)
    assert receipt.case_id == "lead-0001"
    assert open_names(intake) == []
    with pytest.raises(Conflict):
        intake.release(held.id)


def test_what_still_cannot_be_read_stays_until_it_is_discarded(intake: Intake) -> None:
    intake.receive_file("cut.json", b"{")
    with intake.log.database.read() as connection:
        (held,) = intake.quarantine.list(connection)
        assert intake.quarantine.content(connection, held.id) == b"{"
    with pytest.raises(InvalidInput):
        intake.release(held.id)
    assert open_names(intake) == ["cut.json"]
    intake.quarantine.discard(held.id)
    assert open_names(intake) == []
    with pytest.raises(NotFound):
        intake.quarantine.discard("q_nothing")


def test_a_refused_posted_event_can_be_released_once_its_type_is_right(intake: Intake) -> None:
    intake.receive_event("lead.received", "crm", "1", {})
    with intake.log.database.read() as connection:
        (held,) = intake.quarantine.list(connection)
    with pytest.raises(InvalidInput):
        intake.release(held.id)


# --- the inbox folder --------------------------------------------------------------------------------------------


def sweep_until_empty(intake: Intake) -> list[Any]:
    receipts: list[Any] = []

    def empty() -> bool:
        receipts.extend(intake.sweep_inbox())
        return not [path for path in intake.inbox.folder.iterdir() if path.is_file() and not path.name.startswith(".")]

    until(empty, what="the inbox to be empty")
    return receipts


def test_the_example_inbox_becomes_cases_duplicates_and_one_thing_in_quarantine(intake: Intake) -> None:
    folder = intake.inbox.folder
    folder.mkdir(parents=True)
    for file in EXAMPLES.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    receipts = sweep_until_empty(intake)
    leads = [receipt for receipt in receipts if not receipt.duplicate and not receipt.quarantined]
    assert len(leads) >= 12
    assert sum(receipt.duplicate for receipt in receipts) == 2
    assert open_names(intake) == ["14-webform-cut-off.json"]
    assert [path.name for path in (folder / "quarantine").iterdir()] == ["14-webform-cut-off.json"]
    assert len(list((folder / "archive").iterdir())) == len(list(EXAMPLES.iterdir())) - 1


def test_a_file_is_not_taken_while_it_is_being_written(intake: Intake) -> None:
    intake.inbox.settled = 3600
    intake.inbox.folder.mkdir(parents=True)
    (intake.inbox.folder / "lead.eml").write_bytes(raw_mail())
    (intake.inbox.folder / "slow.eml.part").write_bytes(raw_mail())
    assert intake.sweep_inbox() == []
    intake.inbox.settled = 0
    assert len(intake.sweep_inbox()) == 1
    assert (intake.inbox.folder / "slow.eml.part").exists()


def test_a_folder_that_was_dropped_is_refused_in_words_once_nobody_fills_it(intake: Intake) -> None:
    intake.inbox.settled = 0
    dropped = intake.inbox.folder / "leads of May.eml"
    dropped.mkdir(parents=True)
    (dropped / "lead.eml").write_bytes(raw_mail())
    assert intake.sweep_inbox() == []
    intake.inbox.folder_settled = 0
    [receipt] = intake.sweep_inbox()
    assert (receipt.quarantined, receipt.name, receipt.reason) == (True, "leads of May.eml", "It is a folder.")
    assert (intake.inbox.refused / dropped.name / "lead.eml").exists()
    assert intake.sweep_inbox() == []


def test_a_name_as_long_as_a_name_can_be_keeps_its_ending(intake: Intake) -> None:
    [receipt] = intake.receive_file("a" * 250 + ".eml", raw_mail())
    assert receipt.case_id == "lead-0001"


def test_odd_files_neither_stop_the_sweep_nor_are_followed(intake: Intake, tmp_path: Path) -> None:
    intake.inbox.settled = 0
    folder = intake.inbox.folder
    folder.mkdir(parents=True)
    secret = tmp_path / "secret.eml"
    secret.write_bytes(raw_mail("the secret", message_id="<secret@x.example>"))
    (folder / "link.eml").symlink_to(secret)
    os.mkfifo(folder / "pipe.eml")
    with (folder / "huge.eml").open("wb") as huge:
        huge.truncate(40_000_000)
    (folder / ("😀 \u202egpj.exe" + "x" * 60 + ".eml")).write_bytes(raw_mail())
    (folder / os.fsdecode(b"bad\xff\nname.json")).write_bytes(b"{")
    receipts = intake.sweep_inbox()
    assert [receipt.case_id for receipt in receipts if not receipt.quarantined] == ["lead-0001"]
    assert sum(receipt.quarantined for receipt in receipts) == 4
    assert secret.exists()
    assert intake.sweep_inbox() == []


def test_a_file_left_by_a_killed_sweep_is_recognised(intake: Intake) -> None:
    intake.inbox.settled = 0
    intake.inbox.folder.mkdir(parents=True)
    (intake.inbox.folder / "lead.eml").write_bytes(raw_mail())
    intake.receive_file("lead.eml", raw_mail())
    (receipt,) = intake.sweep_inbox()
    assert receipt.duplicate
    assert len(events(intake, "case.opened")) == 1


# --- rebuilding --------------------------------------------------------------------------------------------------


def test_threads_and_quarantine_follow_from_the_log_alone(intake: Intake) -> None:
    for file in sorted(EXAMPLES.iterdir()):
        intake.receive_file(file.name, file.read_bytes())
    with intake.log.database.read() as connection:
        held = intake.quarantine.list(connection)[0]
    intake.quarantine.discard(held.id, note="seen")
    projections = (ThreadProjection(), QuarantineProjection())
    tables = [table for projection in projections for table in projection.tables]
    with intake.log.database.write() as tx:
        before = [tx.execute(sa.select(table).order_by(*table.primary_key)).all() for table in tables]
        for table in tables:
            tx.execute(sa.delete(table))
        for event in intake.log.read(tx):
            for projection in projections:
                projection.apply(tx, event)
        assert [tx.execute(sa.select(table).order_by(*table.primary_key)).all() for table in tables] == before
    assert all(before)
