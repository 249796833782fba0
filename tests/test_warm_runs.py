"""Warm runs: forked from a process that has imported everything, with the semantics of a stock run."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import psutil
import pytest
import yaml
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.launcher.base import LaunchRunContext
from dagster._core.storage.dagster_run import DagsterRunStatus
from dagster._serdes import serialize_value

from resources.warm.address import Unavailable, connect
from tests.waiting import until

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="warm processes need Linux; elsewhere runs start the stock way"),
]

CHECKOUT = Path(__file__).parents[1]


@dataclass
class Shop:
    """A Dagster home with a keeper of its own and jobs to run."""

    home: Path
    code: Path
    left: Path
    instance: dg.DagsterInstance
    module: str
    keepers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def keep(self) -> "subprocess.Popen[bytes]":
        """Start a keeper and wait until it answers."""
        environment = {**os.environ, "DAGSTER_HOME": str(self.home), "WARM_LEFT": str(self.left)}
        environment["PYTHONPATH"] = os.pathsep.join([str(self.code), str(CHECKOUT)])
        command = [sys.executable, "-m", "resources.warm", self.module, str(self.code)]
        with (self.home / "keeper.log").open("ab") as log:
            keeper = subprocess.Popen(command, env=environment, cwd=self.home, stdout=log, stderr=log)
        self.keepers.append(keeper)
        until(lambda: self.tried(keeper), 60, what="the keeper to have a warm process, or a reason not to")
        return keeper

    def tried(self, keeper: "subprocess.Popen[bytes]") -> bool:
        status = self.status(keeper)
        return bool(status.get("warm") or status.get("refused"))

    def status(self, keeper: "subprocess.Popen[bytes]") -> dict:
        assert keeper.poll() is None, (self.home / "keeper.log").read_text()
        try:
            with connect(self.home, 20) as line:
                return dict(line.ask(ask="status"))
        except Unavailable:
            return {}

    def launch(self, job: str) -> dg.DagsterRun:
        run = self.create(job)
        self.instance.run_launcher.launch_run(LaunchRunContext(run, workspace=None))
        return run

    def create(self, job: str) -> dg.DagsterRun:
        repository = ReconstructableRepository.for_module(self.module, "defs", working_directory=str(self.code))
        recon = repository.get_reconstructable_job(job)
        run = self.instance.create_run_for_job(recon.get_definition(), job_code_origin=recon.get_python_origin())
        self.instance.report_dagster_event(dg.DagsterEvent("PIPELINE_STARTING", job), run.run_id)
        return self.again(run)

    def again(self, run: dg.DagsterRun) -> dg.DagsterRun:
        found = self.instance.get_run_by_id(run.run_id)
        assert found is not None
        return found

    def ends(self, run: dg.DagsterRun) -> DagsterRunStatus:
        until(lambda: self.again(run).is_finished, 60, what="the run to end")
        return self.again(run).status

    def process(self, run: dg.DagsterRun) -> psutil.Process:
        note = until(lambda: (self.left / run.run_id).exists() and self.left / run.run_id, 60, what="the run to begin")
        return psutil.Process(int(until(note.read_text, what="the note").split()[0]))

    def said(self, run: dg.DagsterRun) -> str:
        return "\n".join(entry.user_message + str(entry.dagster_event) for entry in self.instance.all_logs(run.run_id))


@pytest.fixture(params=["sqlite", "postgres"])
def storage(request: pytest.FixtureRequest) -> dict:
    if request.param == "sqlite":
        return {}
    url = str(request.getfixturevalue("empty_postgres_url")).replace("postgresql:", "postgresql+psycopg2:")
    return {"storage": {"postgres": {"postgres_url": url}}}


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Shop]]:
    made: list[Shop] = []

    def make(storage: dict | None = None) -> Shop:
        home, code, left = (tmp_path / name for name in ("a home" + "!" * 90, "code", "left"))
        for folder in (home, code, left):
            folder.mkdir()
        settings = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text())
        (home / "dagster.yaml").write_text(yaml.safe_dump({**settings, **(storage or {})}))
        module = f"warm_jobs_{os.getpid()}_{id(made)}"
        shutil.copy(Path(__file__).with_name("warm_jobs.py"), code / f"{module}.py")
        monkeypatch.setenv("DAGSTER_HOME", str(home))
        instance = dg.DagsterInstance.get()
        made.append(Shop(home, code, left, instance, module))
        return made[-1]

    yield make
    for shop in made:
        for keeper in shop.keepers:
            if keeper.poll() is None:
                keeper.kill()
            keeper.wait()
        shop.instance.dispose()


@pytest.fixture
def shop(make: Callable[..., Shop]) -> Shop:
    return make()


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def no_zombie(keeper: "subprocess.Popen[bytes]") -> bool:
    return all(child.status() != psutil.STATUS_ZOMBIE for child in psutil.Process(keeper.pid).children(recursive=True))


def test_runs_are_forked_from_one_warm_process_and_keep_their_compute_logs(
    make: Callable[..., Shop], storage: dict
) -> None:
    shop = make(storage)
    keeper = shop.keep()
    runs = [shop.launch("saying") for _ in range(3)]
    assert [shop.ends(run) for run in runs] == [DagsterRunStatus.SUCCESS] * 3
    assert len({(shop.left / run.run_id).read_text() for run in runs}) == 3, "each run is a process of its own"
    captured = shop.instance.all_logs(runs[0].run_id, of_type=dg.DagsterEventType.LOGS_CAPTURED)[0].dagster_event
    key = [runs[0].run_id, "compute_logs", captured.logs_captured_data.file_key]
    assert b"printed by the run" in (shop.instance.compute_log_manager.get_log_data(key).stdout or b"")
    until(lambda: not shop.status(keeper)["runs"], what="the keeper to see them end")
    assert no_zombie(keeper)
    assert "Started the slow way" not in shop.said(runs[0])


def test_a_killed_run_has_failed_at_once_and_says_why(shop: Shop) -> None:
    keeper = shop.keep()
    run = shop.launch("dying")
    assert shop.ends(run) == DagsterRunStatus.FAILURE
    assert "SIGKILL" in shop.said(run)
    assert no_zombie(keeper)


def test_a_run_that_is_cancelled_is_interrupted_and_canceled(shop: Shop) -> None:
    shop.keep()
    run = shop.launch("holding")
    process = shop.process(run)
    assert shop.instance.run_launcher.terminate(run.run_id)
    assert shop.ends(run) == DagsterRunStatus.CANCELED
    until(lambda: gone(process), what="its process to end")
    assert not shop.instance.run_launcher.terminate(run.run_id), "it has ended already"


def test_changed_code_makes_a_new_warm_process_and_runs_under_way_finish_on_the_old(shop: Shop) -> None:
    keeper = shop.keep()
    old = shop.launch("holding")
    shop.process(old)
    before = shop.status(keeper)["template"]
    source = shop.code / f"{shop.module}.py"
    source.write_text(source.read_text().replace('VERSION = "one"', 'VERSION = "two"'))
    new = shop.launch("saying")
    assert shop.ends(new) == DagsterRunStatus.SUCCESS
    assert (shop.left / new.run_id).read_text().endswith("two")
    assert shop.status(keeper)["template"] != before
    until(lambda: not psutil.pid_exists(before) or gone(psutil.Process(before)), what="the old warm process to end")
    (shop.left / "go").touch()
    assert shop.ends(old) == DagsterRunStatus.SUCCESS
    assert (shop.left / old.run_id).read_text().endswith("one")


def test_a_killed_warm_process_takes_no_run_with_it_and_is_replaced(shop: Shop) -> None:
    keeper = shop.keep()
    run = shop.launch("holding")
    process = shop.process(run)
    template = shop.status(keeper)["template"]
    os.kill(template, signal.SIGKILL)
    until(lambda: shop.status(keeper)["template"] != template, what="the death to be seen")
    assert not gone(process)
    other = shop.launch("saying")
    assert shop.ends(other) == DagsterRunStatus.SUCCESS
    (shop.left / "go").touch()
    assert shop.ends(run) == DagsterRunStatus.SUCCESS
    assert no_zombie(keeper)


def test_a_killed_keeper_leaves_no_orphan_and_its_runs_count_as_failed(shop: Shop) -> None:
    keeper = shop.keep()
    run = shop.launch("holding")
    process = shop.process(run)
    template = psutil.Process(shop.status(keeper)["template"])
    keeper.kill()
    keeper.wait()
    until(lambda: gone(process) and gone(template), what="nothing to be left of it")
    health = shop.instance.run_launcher.check_run_worker_health(shop.again(run))
    assert health.status.value == "FAILED", "run monitoring fails such a run, and run retries start it again"
    shop.keep()
    assert shop.ends(shop.launch("saying")) == DagsterRunStatus.SUCCESS


def test_a_keeper_that_is_told_to_end_lets_short_runs_finish(shop: Shop) -> None:
    keeper = shop.keep()
    run = shop.launch("holding")
    shop.process(run)
    keeper.terminate()
    (shop.left / "go").touch()
    assert shop.ends(run) == DagsterRunStatus.SUCCESS
    assert keeper.wait(60) == 0


def test_two_keepers_do_not_serve_one_home(shop: Shop) -> None:
    shop.keep()
    command = [sys.executable, "-m", "resources.warm", shop.module, str(shop.code)]
    second = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True)
    assert second.returncode == 1
    assert "another keeper serves" in second.stderr


def test_a_run_imports_nothing_that_its_warm_process_has_not_imported(shop: Shop) -> None:
    run = shop.create("saying")
    program = (
        "import json, sys; from resources.warm import template; template.warm_up(sys.argv[1]); had = set(sys.modules);"
        "template._execute(sys.argv[2], sys.argv[3]); print(json.dumps(sorted(set(sys.modules) - had)))"
    )
    environment = {**os.environ, "WARM_LEFT": str(shop.left)}
    environment["PYTHONPATH"] = os.pathsep.join([str(shop.code), str(CHECKOUT)])
    command = [sys.executable, "-c", program, shop.module, run.run_id, serialize_value(shop.instance.get_ref())]
    done = subprocess.run(command, env=environment, cwd=shop.home, capture_output=True, text=True, check=True)
    assert shop.ends(run) == DagsterRunStatus.SUCCESS
    new = json.loads(done.stdout.splitlines()[-1])
    stock_storage = ("dagster._core.storage.", "importlib.")
    assert [name for name in new if not name.startswith(stock_storage)] == []


@pytest.mark.parametrize(
    ("left_behind", "reason"),
    [
        ("import threading, time; threading.Thread(target=time.sleep, args=(300,), daemon=True).start()", "thread"),
        ("import sqlite3; kept = sqlite3.connect('open.db'); kept.execute('create table a (b)')", "open.db"),
        ("raise RuntimeError('broken on purpose')", "broken on purpose"),
    ],
)
def test_what_a_fork_could_not_share_keeps_runs_cold_and_is_said(shop: Shop, left_behind: str, reason: str) -> None:
    with (shop.code / f"{shop.module}.py").open("a") as source:
        source.write(f"\nimport os\nif os.environ.get('WARM_LEFT'):\n    {left_behind}\n")
    keeper = shop.keep()
    assert reason in shop.status(keeper)["refused"]
    with connect(shop.home, 20) as line, pytest.raises(Unavailable, match=reason):
        line.ask(ask="ready")
    with pytest.raises(dg.DagsterInvariantViolationError, match="requires a workspace"):
        shop.launch("saying")  # the stock launcher takes over; a code server is more than this test has
    run = shop.instance.get_runs(limit=1)[0]
    assert "Started the slow way" in shop.said(run)


def test_without_a_keeper_the_stock_launcher_starts_the_run(shop: Shop) -> None:
    with pytest.raises(dg.DagsterInvariantViolationError, match="requires a workspace"):
        shop.launch("saying")
    assert "no keeper of warm processes answers" in shop.said(shop.instance.get_runs(limit=1)[0])
