"""The episodic log: each closed day is sealed once and kept as a file, and whatever is changed later is named."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import sqlalchemy as sa
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection
from typer.testing import CliRunner

from aios.cli.main import app
from aios.clock import ManualClock
from aios.database.engine import Database
from aios.errors import Conflict, NotFound, Tampered
from aios.events.catalog import CasePaused, LogSealed
from aios.events.episodes import Episodes
from aios.events.event import NewEvent
from aios.events.integrity import verify
from aios.events.log import EventLog
from aios.events.merkle import merkle_root
from aios.events.seals import Seals
from aios.events.tables import events
from assets.episode_checks import failures
from assets.memory import episodic_log
from sensors.episodes import episodic_log_schedule
from tests.company import Company, found_company
from tests.damage import add, change, compute_anew, damage, remove, seal_anew, swap
from tests.invariants import check_promises
from tests.tables import create_tables

FIRST, SECOND, THIRD = (date(2026, 11, 2) + timedelta(days=number) for number in range(3))


@pytest.fixture
def log(database: Database, clock: ManualClock) -> EventLog:
    """Three days of events: 1 to 5 on the first, none on the second, 6 to 9 on the third, which is over."""
    log = EventLog(database, clock)
    for number in range(9):
        log.record(NewEvent(f"case/lead-{number % 2}", CasePaused(reason=f"no {number + 1}")))
        clock.advance(days=2 if number == 4 else 0, minutes=1)
    clock.advance(days=1)
    return log


@pytest.fixture
def episodes(log: EventLog, home: Path) -> Episodes:
    """The same with every closed day sealed, and its file written."""
    episodes = Episodes(log, home)
    for day in episodes.days():
        episodes.write(day)
    return episodes


def sealed_events(log: EventLog) -> list[LogSealed]:
    with log.database.read() as connection:
        found = log.read(connection, types=["log.sealed"])
    return [event.payload for event in found if isinstance(event.payload, LogSealed)]


# --- seals -----------------------------------------------------------------------------------------------------------


def test_the_root_is_that_of_certificate_transparency() -> None:
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    assert merkle_root([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle_root(leaves[:2]) == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert merkle_root(leaves) == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_every_closed_day_gets_one_seal_also_a_day_without_events(log: EventLog) -> None:
    seals = Seals(log)
    assert [seal.day for seal in seals.seal_through(THIRD)] == [str(FIRST), str(SECOND), str(THIRD)]
    assert seals.seal_through(THIRD) == seals.seal_through(FIRST) == []
    found = sealed_events(log)
    assert [(one.first_position, one.last_position, one.count) for one in found] == [(1, 5, 5), (6, 5, 0), (6, 9, 4)]
    with log.database.read() as connection:
        assert [each.previous for each in seals.all(connection)][1:] == [each.digest for each in seals.all(connection)][
            :2
        ]
    assert verify(log).ok
    assert verify(log).sealed == str(THIRD)


def test_the_day_under_way_is_not_sealed(log: EventLog, clock: ManualClock) -> None:
    for day in (clock.now().date(), clock.now().date() + timedelta(days=1)):
        with pytest.raises(Conflict, match="not over yet"):
            Seals(log).seal_through(day)
    assert sealed_events(log) == []


def test_processes_that_seal_at_once_make_one_seal_a_day(log: EventLog) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: Seals(log).seal_through(THIRD), range(4)))
    assert sum(len(each) for each in made) == 3
    assert [seal.day for seal in sealed_events(log)] == [str(FIRST), str(SECOND), str(THIRD)]
    assert verify(log).ok


def test_an_old_day_that_was_missed_is_sealed_with_those_before_it(log: EventLog, home: Path) -> None:
    assert Episodes(log, home).write(SECOND).rows == 0
    assert [seal.day for seal in sealed_events(log)] == [str(FIRST), str(SECOND)]
    with pytest.raises(NotFound, match="began later"):
        Episodes(log, home).write(FIRST - timedelta(days=1))


def test_an_empty_log_has_no_day_to_seal(database: Database, clock: ManualClock, home: Path) -> None:
    episodes = Episodes(EventLog(database, clock), home)
    assert episodes.days() == []
    assert episodes.seals.seal_through(FIRST - timedelta(days=1)) == []


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(-50, 80), st.booleans()), min_size=1, max_size=15))
def test_however_the_clock_jumps_each_event_is_in_one_day_only(tmp_path_factory, steps) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('log') / 'aios.db'}")
    create_tables(database)
    clock = ManualClock()
    log = EventLog(database, clock)
    for hours, seal in steps:
        log.record(NewEvent("case/x", CasePaused()))
        clock.advance(hours=hours)
        if seal:
            Seals(log).seal_through(clock.now().date() - timedelta(days=1))
    clock.at = datetime(2027, 2, 1, tzinfo=UTC)
    Seals(log).seal_through(date(2027, 1, 31))
    found = sealed_events(log)
    covered = [at for one in found for at in range(one.first_position, one.last_position + 1)]
    with database.read() as connection:
        query = sa.select(events.c.position).where(events.c.at < "2027-02-01").order_by(events.c.position)
        assert covered == connection.scalars(query).all()
    assert verify(log).ok
    database.close()


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_holds_its_day_as_the_log_does_and_stays_as_it_was_written(episodes: Episodes) -> None:
    frame = pl.read_parquet(episodes.path(FIRST))
    assert frame["position"].to_list() == [1, 2, 3, 4, 5]
    assert json.loads(frame["payload"][2]) == {"reason": "no 3"}
    assert [pl.read_parquet(episodes.path(day)).height for day in episodes.days()] == [5, 0, 4]
    before = episodes.path(FIRST).stat()
    again = episodes.write(FIRST)
    after = episodes.path(FIRST).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert (again.rows, again.size, again.root) == (5, after.st_size, sealed_events(episodes.log)[0].root)
    assert len(list(episodes.folder.iterdir())) == 3
    assert failures(episodes, again) == {}
    assert verify(episodes.log, episodes.folder).files == 3


def test_a_write_that_fails_leaves_no_half_file(log: EventLog, home: Path, monkeypatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("aios.events.episodes.os.replace", stop)
    with pytest.raises(RuntimeError):
        Episodes(log, home).write(FIRST)
    monkeypatch.undo()
    assert not Episodes(log, home).path(FIRST).exists()
    Episodes(log, home).write(FIRST)
    assert verify(log, Episodes(log, home).folder).files == 1


@pytest.mark.breaks_promises
@pytest.mark.parametrize(
    ("deed", "check"), [((lambda tx: change(tx, 3, actor="x")), "linked"), (compute_anew, "sealed")]
)
def test_a_file_written_from_a_damaged_log_fails_its_checks(
    log: EventLog, home: Path, deed: Callable[[Connection], None], check: str
) -> None:
    episodes = Episodes(log, home)
    episodes.seals.seal_through(FIRST)
    damage(log.database, lambda tx: change(tx, 2, actor="y"), *((compute_anew,) if check == "sealed" else (deed,)))
    assert set(failures(episodes, episodes.write(FIRST))) == {check}


@pytest.mark.breaks_promises
def test_a_file_that_says_something_else_is_kept_as_evidence(episodes: Episodes) -> None:
    before = episodes.path(FIRST).read_bytes()
    damage(episodes.log.database, lambda tx: change(tx, 3, actor="x"), compute_anew)
    with pytest.raises(Tampered, match="do not agree"):
        episodes.write(FIRST)
    assert episodes.path(FIRST).read_bytes() == before


# --- tampering -------------------------------------------------------------------------------------------------------

Deed = Callable[[Connection], object]
DEEDS: dict[str, tuple[Deed, tuple[str, int]]] = {
    "a changed payload": (lambda tx: change(tx, 3, payload={"reason": "x"}), ("changed", 3)),
    "a payload that is no JSON": (lambda tx: tx.execute(sa.text("UPDATE events SET payload = '{' WHERE position = 3")),
                                  ("changed", 3)),
    "a changed time": (lambda tx: change(tx, 7, at="2026-11-04T00:00:00.000000Z"), ("changed", 7)),
    "a removed event": (lambda tx: remove(tx, 4), ("removed", 4)),
    "an added event": (lambda tx: add(tx, 4), ("added", 4)),
    "two that traded places": (lambda tx: swap(tx, 2, 4), ("reordered", 2)),
}  # fmt: skip


@pytest.mark.breaks_promises
@pytest.mark.parametrize("what", DEEDS)
@pytest.mark.parametrize("files", [True, False], ids=["files", "no-files"])
def test_what_was_done_to_the_log_is_found_and_named(episodes: Episodes, what: str, files: bool) -> None:
    deed, expected = DEEDS[what]
    damage(episodes.log.database, deed)
    found = verify(episodes.log, episodes.folder if files else None)
    assert not found.ok
    assert (found.findings[0].kind, found.broken_at) == expected
    assert f"event {found.broken_at}" in found.problem
    assert {each.kind for each in found.findings} <= {expected[0], "seal"}
    if expected[0] != "added":
        assert found.findings[0].day == str(THIRD if expected[1] > 5 else FIRST)


@pytest.mark.breaks_promises
@pytest.mark.parametrize("what", [what for what in DEEDS if "JSON" not in what])
@pytest.mark.parametrize("also", [(), (seal_anew,)], ids=["seals-kept", "seals-anew"])
def test_it_is_found_and_named_though_the_chain_was_computed_anew(episodes: Episodes, what: str, also) -> None:
    deed, (kind, position) = DEEDS[what]
    damage(episodes.log.database, deed, compute_anew, *also)
    assert verify(episodes.log).events  # it can be read
    found = verify(episodes.log, episodes.folder)
    named = [(each.kind, each.position) for each in found.findings if each.event_type != LogSealed.type]
    assert (kind, position) in named
    assert {each for each in named if each[0] not in ("seal", "file")} <= {(kind, position), ("reordered", 4)}
    first = next(each for each in found.findings if (each.kind, each.position) == (kind, position))
    wanted = {"a changed payload": ("payload.reason",), "a changed time": ("at",)}.get(what, ())
    assert (first.day, first.differs) == (str(THIRD if position > 5 else FIRST), wanted)


@pytest.mark.breaks_promises
@pytest.mark.parametrize("what", ["a changed payload", "a removed event", "two that traded places"])
def test_without_files_the_seals_still_say_which_day_was_rewritten(episodes: Episodes, what: str) -> None:
    damage(episodes.log.database, DEEDS[what][0], compute_anew)
    found = verify(episodes.log)
    assert not found.ok
    assert (found.findings[0].kind, found.findings[0].day) == ("seal", str(FIRST))
    assert "events 1 to 5 of 2026-11-02" in found.problem


@pytest.mark.breaks_promises
def test_seals_and_events_cut_off_at_the_end_are_missed_by_the_files(episodes: Episodes) -> None:
    def cut(tx: Connection) -> None:
        tx.execute(sa.delete(events).where(events.c.position > 7))

    damage(episodes.log.database, cut, compute_anew)
    found = verify(episodes.log, episodes.folder)
    assert {("removed", 8), ("removed", 9), ("seal", 6)} <= {(each.kind, each.position) for each in found.findings}
    damage(episodes.log.database, lambda tx: tx.execute(sa.delete(events)))
    assert len([each for each in verify(episodes.log, episodes.folder).findings if each.kind == "removed"]) >= 9


@pytest.mark.breaks_promises
def test_a_seal_left_out_or_changed_is_named(episodes: Episodes) -> None:
    second = 11
    damage(episodes.log.database, lambda tx: remove(tx, second), compute_anew)
    assert any("does not follow" in each.problem and each.day == str(THIRD) for each in verify(episodes.log).findings)


def test_a_changed_file_is_not_blamed_on_the_log(episodes: Episodes) -> None:
    path = episodes.path(FIRST)
    frame = pl.read_parquet(path)
    said = pl.when(pl.col("position") == 3).then(pl.lit('{"reason":"x"}')).otherwise(pl.col("payload"))
    frame.with_columns(said.alias("payload")).write_parquet(path)
    [finding] = verify(episodes.log, episodes.folder).findings
    assert (finding.kind, finding.position) == ("file", 3)
    assert finding.problem == "in the file of 2026-11-02, event 3 (case.paused) was changed"
    path.write_bytes(b"PAR1 broken")
    [finding] = verify(episodes.log, episodes.folder).findings
    assert "cannot be read" in finding.problem
    with pytest.raises(Tampered, match="move the file away"):
        episodes.write(FIRST)


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.mark.breaks_promises
def test_the_command_names_what_was_done_in_words_and_json_and_fails(
    episodes: Episodes, home: Path, database_url: str, monkeypatch
) -> None:
    monkeypatch.setenv("AIOS_HOME", str(home))
    monkeypatch.setenv("AIOS_DATABASE_URL", database_url)
    whole = CliRunner().invoke(app, ["events", "verify"])
    assert (whole.exit_code, whole.stdout) == (
        0,
        "The log is whole: 12 events, sealed through 2026-11-04; 3 files agree.\n",
    )
    assert [each["day"] for each in json.loads(CliRunner().invoke(app, ["events", "seals", "--json"]).stdout)] == [
        str(FIRST),
        str(SECOND),
        str(THIRD),
    ]
    damage(episodes.log.database, lambda tx: change(tx, 3, payload={"reason": "x"}), compute_anew)
    said = CliRunner().invoke(app, ["events", "verify"])
    assert said.exit_code == 1
    assert "2026-11-02  event 3 (case.paused) differs in payload.reason" in said.stderr
    told = CliRunner().invoke(app, ["events", "verify", "--json"])
    assert told.exit_code == 1
    answer = json.loads(told.stdout)
    assert (answer["ok"], answer["broken_at"]) == (False, 3)
    assert answer["findings"][0]["differs"] == ["payload.reason"]
    assert answer["findings"][0]["day"] == str(FIRST)


# --- Dagster ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def company(home: Path, database_url: str) -> Iterator[Company]:
    company = found_company(home, database_url)
    company.mail("Hello, we need a website.")
    company.kernel.clock.advance(days=3)
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


def tick(company: Company, instance: dg.DagsterInstance) -> Any:
    context = dg.build_schedule_context(instance=instance, resources={"kernel": company.kernel})
    return episodic_log_schedule(context)


def materialize(company: Company, instance: dg.DagsterInstance, first: str, last: str) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [episodic_log],
        resources={"kernel": company.kernel},
        instance=instance,
        tags={ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last},
        raise_on_error=False,
    )


def test_missed_days_are_asked_for_as_one_range_and_then_no_more(
    company: Company, instance: dg.DagsterInstance
) -> None:
    asked = tick(company, instance)
    days = (asked.tags[ASSET_PARTITION_RANGE_START_TAG], asked.tags[ASSET_PARTITION_RANGE_END_TAG])
    assert days == ("2026-11-02", "2026-11-04")
    result = materialize(company, instance, *days)
    assert result.success
    assert {check.check_name: check.passed for check in result.get_asset_check_evaluations()} == dict.fromkeys(
        ("schema", "contiguous", "linked", "sealed"), True
    )
    assert isinstance(tick(company, instance), dg.SkipReason)
    company.kernel.clock.advance(days=1)
    assert tick(company, instance).tags[ASSET_PARTITION_RANGE_START_TAG] == "2026-11-05"
    Episodes(company.kernel.log, company.kernel.settings.home).path(SECOND).unlink()
    assert tick(company, instance).tags[ASSET_PARTITION_RANGE_START_TAG] == "2026-11-03"


def test_each_day_shows_its_rows_root_and_bytes(company: Company, instance: dg.DagsterInstance) -> None:
    result = materialize(company, instance, "2026-10-30", "2026-11-03")
    [first, second] = result.asset_materializations_for_node("episodic_log")
    assert (first.partition, second.partition) == ("2026-11-02", "2026-11-03")
    assert first.metadata["root"].value == sealed_events(company.kernel.log)[0].root
    assert first.metadata["dagster/row_count"].value == sealed_events(company.kernel.log)[0].count > 0
    file = Episodes(company.kernel.log, company.kernel.settings.home).path(FIRST)
    assert first.metadata["bytes"].value == file.stat().st_size


@pytest.mark.breaks_promises
def test_a_day_that_disagrees_fails_and_holds_up_none_of_the_others(
    company: Company, instance: dg.DagsterInstance
) -> None:
    assert materialize(company, instance, "2026-11-02", "2026-11-02").success
    Episodes(company.kernel.log, company.kernel.settings.home).path(FIRST).write_bytes(b"nothing")
    result = materialize(company, instance, "2026-11-02", "2026-11-04")
    assert not result.success
    assert "2026-11-02.parquet cannot be read" in str(result.failure_data_for_node("episodic_log"))
    made = instance.get_materialized_partitions(dg.AssetKey("episodic_log"))
    assert made == {"2026-11-02", "2026-11-03", "2026-11-04"}
