"""A run whose process is gone is noticed, so that it is started again and fills no place in the queue."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher.base import WorkerStatus
from dagster._core.storage.dagster_run import DagsterRunStatus

from resources.run_launcher import process_health

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance as `dagster.yaml` at the top describes it, in a folder of its own."""
    shutil.copy(CHECKOUT / "dagster.yaml", tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as instance:
        yield instance


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    yield process
    process.kill()
    process.wait()


def started_run(instance: dg.DagsterInstance, pid: int) -> dg.DagsterRun:
    @dg.job
    def nothing() -> None: ...

    run = instance.create_run_for_job(nothing, status=DagsterRunStatus.STARTED)
    instance.report_engine_event(f"Started process for run (pid: {pid}).", run, EngineEventData.in_process(pid))
    return run


def test_a_run_is_running_while_its_process_lives(
    instance: dg.DagsterInstance, worker: subprocess.Popen[bytes]
) -> None:
    run = started_run(instance, worker.pid)
    assert instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING


def test_a_run_has_failed_when_its_process_was_killed(
    instance: dg.DagsterInstance, worker: subprocess.Popen[bytes]
) -> None:
    run = started_run(instance, worker.pid)
    worker.kill()
    worker.wait()
    assert instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.FAILED


def test_another_process_that_got_the_same_number_is_not_the_run(worker: subprocess.Popen[bytes]) -> None:
    long_ago = time.time() - 3600
    assert process_health(worker.pid, long_ago).status == WorkerStatus.FAILED


def test_the_shipped_instance_sends_no_telemetry_and_watches_its_runs(instance: dg.DagsterInstance) -> None:
    assert not instance.telemetry_enabled
    assert instance.run_monitoring_enabled
    assert instance.run_launcher.supports_check_run_worker_health
    assert instance.run_retries_max_retries == 2
