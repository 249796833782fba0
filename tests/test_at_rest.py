"""At rest: a tick with nothing to do writes nothing, reads no file again, and a burst of files is taken in portions."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from sensors.effects import effects_sensor
from sensors.events import events_sensor
from sensors.finance import finance_sensor
from sensors.inbox import address_book_sensor, inbox_sensor, mailbox_sensor
from sensors.payments import payments_sensor
from sensors.stranded import stranded_sensor
from sensors.upkeep import upkeep_sensor
from tests.company import Company, copy_examples, found_company
from tests.scheduler import Scheduler

SENSORS = [
    inbox_sensor,
    mailbox_sensor,
    address_book_sensor,
    payments_sensor,
    events_sensor,
    effects_sensor,
    stranded_sensor,
    upkeep_sensor,
    finance_sensor,
]


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home)
    yield company
    company.kernel.close()


@pytest.fixture
def scheduler(company: Company) -> Iterator[Scheduler]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Scheduler(company, instance)


def statements(company: Company) -> list[str]:
    """The statements that the workspace database is given from now on, and `write` for each write transaction."""
    heard: list[str] = []

    def begin(connection: sa.Connection) -> None:
        heard.extend(["write"] if connection.get_execution_options().get("aios_write") else [])

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    engine = company.kernel.database.engine
    sa.event.listen(engine, "begin", begin)
    sa.event.listen(engine, "before_cursor_execute", listen)
    return heard


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda sensor: sensor.name)
def test_a_tick_at_rest_takes_no_write_transaction(
    company: Company, scheduler: Scheduler, sensor: dg.SensorDefinition
) -> None:
    copy_examples(company.kernel.settings.home)
    company.mail("We need a website of six pages. How much is it?")
    for each in SENSORS:
        scheduler.tick(each)
    heard = statements(company)
    company.work()
    assert "write" in heard
    heard.clear()
    scheduler.tick(sensor)
    assert "write" not in heard
    assert sensor is not effects_sensor or heard


def test_a_sweep_at_rest_leaves_no_trace_in_the_folder_that_is_watched(company: Company) -> None:
    intake, folder = company.kernel.intake, company.kernel.intake.inbox.folder
    drop(company, "first.eml")
    intake.sweep_inbox()
    (folder / "slow.eml.part").write_bytes(b"From: a@b.example\n")
    before = os.stat(folder).st_mtime_ns
    assert intake.sweep_inbox() == []
    intake.inbox.settled = 3600
    (folder / "slow.eml.part").rename(folder / "slow.eml")
    renamed = os.stat(folder).st_mtime_ns
    assert intake.sweep_inbox() == []
    assert renamed > before and os.stat(folder).st_mtime_ns == renamed


def drop(company: Company, *names: str) -> Path:
    """Drop files, the first one oldest."""
    inbox = company.kernel.intake.inbox
    inbox.settled = 0
    inbox.folder.mkdir(parents=True, exist_ok=True)
    for at, name in enumerate(names):
        text = f"Hello, this is {name} and we need a website of {at + 2} pages soon."
        mail = f"From: {name}@x.example\nMessage-ID: <{name}@x.example>\n\n{text}\n"
        table = f"name,email,message\n{name},{name}@x.example,{text}\n"
        (inbox.folder / name).write_text(table if name.endswith(".csv") else mail)
        os.utime(inbox.folder / name, (1_000_000 + at, 1_000_000 + at))
    return inbox.folder


def test_a_burst_of_files_is_taken_a_portion_at_a_time_until_all_are_in(company: Company) -> None:
    folder = drop(company, "a.eml", "b.eml", "c.eml")
    company.kernel.intake.inbox.patience = 0
    taken = [[receipt.case_id for receipt in company.kernel.intake.sweep_inbox()] for _ in range(4)]
    assert taken == [["lead-0001"], ["lead-0002"], ["lead-0003"], []]
    assert sorted(path.name for path in (folder / "archive").iterdir()) == ["a.eml", "b.eml", "c.eml"]


def test_what_somebody_wrote_is_taken_in_before_a_list(company: Company) -> None:
    folder = drop(company, "old.csv", "older.eml", "newer.eml")
    company.kernel.intake.inbox.patience = 0
    left = [
        company.kernel.intake.sweep_inbox()
        and sorted(p.name for p in folder.iterdir() if p.is_file() and p.name[0] != ".")
        for _ in range(3)
    ]
    assert left == [["newer.eml", "old.csv"], ["old.csv"], []]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read whole."""
    names: list[str] = []
    really = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        names.append(path.name)
        return really(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    return names


def test_a_business_document_that_did_not_change_is_not_read_again(company: Company, reads: list[str]) -> None:
    folder = company.kernel.settings.home / "business"
    copy_examples(company.kernel.settings.home)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 no more than this")
    learn = company.kernel.memory.ingest_folder
    first = learn(folder)
    assert {result.status for result in first} == {"added", "refused"}
    learn(folder)
    reads.clear()
    again = learn(folder)
    assert not reads
    assert {result.status for result in again} == {"unchanged", "refused"}
    assert [(one.name, one.version, one.pieces) for one in again] == [
        (one.name, one.version, one.pieces) for one in first
    ]


def test_a_business_document_that_changed_keeping_its_size_and_date_is_noticed(company: Company) -> None:
    folder = company.kernel.settings.home / "business"
    folder.mkdir()
    file = folder / "prices.md"
    learn = company.kernel.memory.ingest_folder
    file.write_text("# Prices\n\nA website costs 3200 euros.\n")
    about = file.stat()
    for _ in range(3):
        learn(folder)
    file.write_text("# Prices\n\nA website costs 4200 euros.\n")
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert [result.status for result in learn(folder)] == ["changed"]


def test_a_document_that_was_taken_out_of_memory_by_other_means_is_learnt_again(company: Company) -> None:
    folder = company.kernel.settings.home / "business"
    folder.mkdir()
    (folder / "prices.md").write_text("# Prices\n\nA website costs 3200 euros.\n")
    learn = company.kernel.memory.ingest_folder
    for _ in range(3):
        learn(folder)
    company.kernel.memory.ingest_document("prices.md", b"# Prices\n\nA website costs 1 euro.\n")
    assert [result.status for result in learn(folder)] == ["changed"]
    assert "3200" in company.kernel.memory.items(kinds=["document"])[0].text
