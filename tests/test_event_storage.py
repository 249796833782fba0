"""Dagster's storage with kept connections: nothing is lost, nothing crosses a fork, and old homes go on."""

import itertools
import signal
import sqlite3
import threading
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import dagster as dg
import psutil
import pytest
import yaml
from dagster._core.events import DagsterEvent, DagsterEventType, StepMaterializationData

from aios.cli import dagster_storage
from aios.cli.dagster_home import write_instance
from aios.cli.dagster_storage import CLASS, MODULE, why_stock
from aios.errors import Misconfigured
from aios.settings import Settings
from resources.event_storage import KeptEventLogStorage, KeptRunStorage, KeptSqliteStorage
from resources.kept_sqlite import KEPT
from tests.forking import Forked
from tests.waiting import until

INDEX = Path("history/runs/index.db")
LEAD = dg.AssetKey("lead")


@contextmanager
def instance_in(folder: Path, kept: bool = True) -> Generator[dg.DagsterInstance]:
    """Dagster in the folder, with our storage or its own."""
    folder.mkdir(exist_ok=True)
    custom = {"storage": {"custom": {"module": MODULE, "class": CLASS, "config": {"base_dir": str(folder)}}}}
    (folder / "dagster.yaml").write_text(yaml.safe_dump({"telemetry": {"enabled": False}, **(custom if kept else {})}))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dagster"


@pytest.fixture
def storage(folder: Path) -> Generator[KeptEventLogStorage]:
    with instance_in(folder) as instance:
        assert isinstance(instance.event_log_storage, KeptEventLogStorage)
        yield instance.event_log_storage


def made(run_id: str, number: int) -> dg.EventLogEntry:
    """The event that a run made the lead of a case."""
    lead = dg.AssetMaterialization(LEAD, partition=f"case-{number}", tags={"dagster/data_version": str(number)})
    said = StepMaterializationData(lead)
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION.value, "job", event_specific_data=said)
    return dg.EventLogEntry(None, 10, "", run_id, time.time(), "step", "job", event)


def cases_of(storage: KeptEventLogStorage, run_id: str) -> list[str]:
    """The cases whose leads are in the run's log, in its order."""
    return [entry.get_dagster_event().partition or "" for entry in storage.get_logs_for_run(run_id)]


def case_names(numbers: Sequence[int]) -> list[str]:
    return [f"case-{number}" for number in numbers]


def handles(folder: Path) -> list[int]:
    """The file descriptors of this process's connections to the event log; each has its own of the journal."""
    journal = f"{(folder / INDEX).resolve()}-wal"
    return sorted(file.fd for file in psutil.Process().open_files() if file.path == journal)


def anything_open(folder: Path) -> list[str]:
    """What this process has open of Dagster's files."""
    return [file.path for file in psutil.Process().open_files() if file.path.startswith(str(folder.resolve()))]


def in_processes(folder: Path, program: str, *names: str) -> list[Forked]:
    """Processes that run the program, each with its own name and the storage of the folder, all at once."""
    opened = f"with instance_in(Path({str(folder)!r})) as instance:"
    given = ("storage, name = instance.event_log_storage, sys.argv[1]", "folder = Path(instance.root_directory)")
    body = [f"    {line}" for line in (*given, *program.strip().splitlines())]
    text = "\n".join(("import os, sys", "from tests.test_event_storage import *", opened, *body))
    return [Forked(text, name) for name in names]


def finish(processes: Sequence[Forked]) -> None:
    for process in processes:
        _, said = process.communicate(timeout=100)
        assert process.returncode == 0, said
        assert "locked" not in said


def test_one_thread_keeps_one_connection(storage: KeptEventLogStorage, folder: Path) -> None:
    storage.store_event(made("run", 0))
    first = handles(folder)
    for number in range(1, 30):
        storage.store_event(made("run", number))
        assert storage.get_latest_materialization_events([LEAD])[LEAD] is not None
    assert handles(folder) == first
    assert len(first) == 1
    storage.dispose()
    assert str(folder / INDEX) not in anything_open(folder)
    assert cases_of(storage, "run") == case_names(range(30))


def test_threads_at_once_lose_nothing_and_leave_few_connections(storage: KeptEventLogStorage, folder: Path) -> None:
    together = threading.Barrier(8)

    def write(name: str) -> None:
        together.wait()
        for number in range(20):
            storage.store_event(made(name, number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, "abcdefgh"))
    assert {name: cases_of(storage, name) for name in "abcdefgh"} == dict.fromkeys("abcdefgh", case_names(range(20)))
    assert 1 <= len(handles(folder)) <= KEPT


def test_nothing_open_crosses_a_fork(folder: Path) -> None:
    program = """
storage.store_event(made("parent", 0))
assert len(handles(folder)) == 1
child = os.fork()
if child == 0:
    inherited = anything_open(folder)
    storage.store_event(made("child", 0))
    os._exit(0 if inherited == [] and "case-0" in cases_of(storage, "parent") else 1)
storage.store_event_batch([made("parent", number) for number in range(1, 50)])
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    finish(in_processes(folder, program, "fork"))
    with instance_in(folder) as instance:
        assert cases_of(instance.event_log_storage, "parent") == case_names(range(50))
        assert cases_of(instance.event_log_storage, "child") == ["case-0"]


def test_processes_at_once_lose_nothing(folder: Path) -> None:
    program = """
for first in range(0, 100, 20):
    for number in range(first, first + 10):
        storage.store_event(made(name, number))
    storage.store_event_batch([made(name, number) for number in range(first + 10, first + 20)])
    instance.add_dynamic_partitions("cases", [f"{name}-{first}"])
"""
    finish(in_processes(folder, program, "a", "b", "c"))
    with instance_in(folder) as instance:
        found = {name: cases_of(instance.event_log_storage, name) for name in "abc"}
        assert found == dict.fromkeys("abc", case_names(range(100)))
        assert len(instance.get_dynamic_partitions("cases")) == 15


def test_a_slot_is_given_to_one_process_only(folder: Path) -> None:
    with instance_in(folder) as instance:
        instance.event_log_storage.set_concurrency_slots("pool", 5)
    claim = 'print([instance.event_log_storage.claim_concurrency_slot("pool", name, str(at)) for at in range(4)])'
    finish(in_processes(folder, claim, "a", "b", "c"))
    with instance_in(folder) as instance:
        for name, at in itertools.product("abc", range(4)):  # whose turn came after it had asked has it now
            instance.event_log_storage.claim_concurrency_slot("pool", name, str(at))
        info = instance.event_log_storage.get_concurrency_info("pool")
        assert (info.slot_count, info.active_slot_count, info.pending_step_count) == (5, 5, 7)


def test_a_batch_is_written_whole_or_not_at_all(storage: KeptEventLogStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = [made("run", number) for number in range(5)]
    with monkeypatch.context() as patch, pytest.raises(OSError, match="no room"):
        patch.setattr(storage, "_store_asset_event", lambda *_: (_ for _ in ()).throw(OSError("no room")))
        storage.store_event_batch(batch)
    assert cases_of(storage, "run") == []
    storage.store_event_batch(batch)
    assert cases_of(storage, "run") == case_names(range(5))
    record = storage.get_asset_records([LEAD])[0].asset_entry.last_materialization_record
    assert record is not None
    assert record.partition_key == "case-4"


@pytest.mark.parametrize("written", [1, 4, 9])
def test_killed_in_a_batch_it_leaves_whole_batches(folder: Path, written: int) -> None:
    endless = """
while True:
    storage.store_event_batch([made("run", number) for number in range(200)])
    print("written", flush=True)
"""
    (process,) = in_processes(folder, endless, "run")
    assert process.stdout is not None
    for _ in range(written):
        assert process.stdout.readline() == "written\n", process.communicate()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with instance_in(folder) as instance:
        found = cases_of(instance.event_log_storage, "run")
        assert len(found) >= 200 * written
        assert len(found) % 200 == 0
    with closing(sqlite3.connect(folder / INDEX)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_only_events_may_be_lost_in_a_power_cut(storage: KeptEventLogStorage) -> None:
    full, normal = 2, 1
    with storage._kept.write("PRAGMA synchronous=NORMAL") as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == normal
    storage.store_event(made("run", 0))
    with storage.index_connection() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_who_watches_a_run_hears_of_what_another_process_writes(storage: KeptEventLogStorage, folder: Path) -> None:
    storage.store_event_batch([made("run", 0), made("run", 1)])
    cursor = storage.get_records_for_run("run", limit=1).cursor
    heard: list[str] = []

    def hear(entry: dg.EventLogEntry, _cursor: str) -> dg.DagsterRunStatus | None:
        heard.append(entry.get_dagster_event().partition or "")
        if len(heard) == 1:
            raise ValueError("a watcher that fails once")
        return dg.DagsterRunStatus.SUCCESS if len(heard) == 3 else None

    storage.watch("run", cursor, hear)
    finish(in_processes(folder, 'storage.store_event_batch([made("run", 2), made("other", 3), made("run", 4)])', "x"))
    until(lambda: len(heard) == 3, what="the events to be heard")
    assert heard == ["case-1", "case-2", "case-4"]
    storage.store_event(made("run", 5))
    until(lambda: not any(thread.name == "event-watch" for thread in threading.enumerate()), what="the watch to end")
    assert heard[3:] == []


@dg.asset
def lead() -> None:
    """A lead."""


def test_a_home_of_dagsters_own_storage_goes_on_with_ours_and_back(folder: Path) -> None:
    with instance_in(folder, kept=False) as stock:
        old = dg.materialize([lead], instance=stock).run_id
        before = [(entry.message, entry.timestamp) for entry in stock.all_logs(old)]
        stock.add_dynamic_partitions("cases", ["case-1"])
    with instance_in(folder) as ours:
        assert [(entry.message, entry.timestamp) for entry in ours.all_logs(old)] == before
        assert ours.get_dynamic_partitions("cases") == ["case-1"]
        ours.report_engine_event("A word more.", ours.get_run_by_id(old))
        assert [entry.message for entry in ours.all_logs(old)][-1] == "A word more."
        new = dg.materialize([lead], instance=ours).run_id
        assert len(ours.all_logs(new)) == len(before)
        assert not (folder / f"history/runs/{new}.db").exists()
        newest = ours.get_latest_materialization_event(LEAD)
        assert newest is not None and newest.run_id == new
    with instance_in(folder, kept=False) as stock:
        assert {run.run_id: run.status.value for run in stock.get_runs()} == {old: "SUCCESS", new: "SUCCESS"}
        newest = stock.get_latest_materialization_event(LEAD)
        assert newest is not None and newest.run_id == new
        assert [entry.message for entry in stock.all_logs(old)][-1] == "A word more."
        assert stock.all_logs(new) == []
    with instance_in(folder) as ours:
        assert len(ours.all_logs(new)) == len(before)
        ours.delete_run(old)
        assert ours.all_logs(old) == []


def settings_in(home: Path, **more: str) -> Settings:
    (home / "dagster").mkdir(parents=True, exist_ok=True)
    return Settings.model_validate({"aios_home": home, **more})


def test_aios_up_configures_it_on_sqlite(tmp_path: Path) -> None:
    environment = write_instance(settings_in(tmp_path), 4000)
    assert why_stock(settings_in(tmp_path)) == ""
    assert environment["DAGSTER_EVENT_BATCH_SIZE"] == "100"
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        assert isinstance(instance.event_log_storage, KeptEventLogStorage)
        assert (tmp_path / "dagster" / INDEX).exists()


@pytest.mark.parametrize("missing", ["version", "module"])
def test_where_it_can_not_be_used_aios_says_so_and_dagsters_own_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "version":
        monkeypatch.setattr(dagster_storage.metadata, "version", lambda _: "1.14.0")
    else:
        monkeypatch.setattr(dagster_storage, "MODULE", "resources.not_there")
    assert "Dagster" in why_stock(settings_in(tmp_path)) and "its own, slower storage" in why_stock(
        settings_in(tmp_path)
    )
    environment = write_instance(settings_in(tmp_path), 4000)
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        assert type(instance.event_log_storage).__name__ == "SqliteEventLogStorage"


def test_on_postgres_nothing_changes(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, aios_database_url="postgresql://nobody@127.0.0.1/none")
    assert why_stock(settings) == ""


@pytest.mark.parametrize("name", dagster_storage.FILES)
def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    file = settings_in(tmp_path).home / "dagster" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"not a database at all" * 100)
    with pytest.raises(Misconfigured, match=r"can't be used.*move it away"):
        write_instance(settings_in(tmp_path), 4000)
    assert file.read_bytes().startswith(b"not a database")


def test_the_tables_are_compared_once_for_each_version_of_dagster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    KeptSqliteStorage(str(tmp_path)).dispose()
    laid_out = (tmp_path / "storage.laid-out").read_text()
    asked: list[str] = []
    from_local = KeptRunStorage.from_local
    monkeypatch.setattr(KeptRunStorage, "from_local", lambda *given: asked.append("runs") or from_local(*given))
    KeptSqliteStorage(str(tmp_path)).dispose()
    assert asked == []
    (tmp_path / "storage.laid-out").write_text("an older version")
    KeptSqliteStorage(str(tmp_path)).dispose()
    assert (asked, (tmp_path / "storage.laid-out").read_text()) == (["runs"], laid_out)
    (tmp_path / "history" / "runs.db").unlink()
    KeptSqliteStorage(str(tmp_path)).run_storage.get_runs()
    assert asked == ["runs"] * 2
