"""The benchmarks: they run, compare like with like, and leave nothing behind; figures themselves are not tested."""

import importlib
import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import psutil
import pytest

from assets.lead_intake import LEAD_INTAKE_PROCESS
from bench import __main__ as bench
from bench import burst, reaction
from bench.leads import TEXTS
from bench.peers.stock import definitions
from bench.report import Line, Report
from bench.stack import SETTINGS, ByCall, prepared
from tests.waiting import until

CHEAP = ("event_log",)


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "results"
    monkeypatch.setattr(bench, "RESULTS", folder)
    return folder


@pytest.mark.parametrize("name", bench.NAMES)
def test_every_benchmark_can_be_asked_for(name: str) -> None:
    assert callable(importlib.import_module(f"bench.{name}").run)
    asked = bench.parse([name, "--quick"])
    assert (asked.names, asked.quick, asked.json) == ([name], True, False)


def test_a_name_that_is_none_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.parse(["reactoin"])
    assert "there is no benchmark 'reactoin'; there are reaction, burst" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", CHEAP)
def test_a_quick_run_gives_finite_figures_and_keeps_them(name: str, results: Path) -> None:
    assert bench.main([name, "--quick"]) == 0
    [file] = results.iterdir()
    [found] = json.loads(file.read_text())["benchmarks"]
    assert found["lines"]
    assert all(math.isfinite(line["median"]) and line["median"] > 0 for line in found["lines"])


def test_one_that_breaks_is_shown_with_its_reason_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "NAMES", ("nowhere", "report"))
    assert bench.main([]) == 1
    said = capfd.readouterr().out
    assert "nowhere broke: ModuleNotFoundError: No module named 'bench.nowhere'" in said
    assert "report broke: AttributeError: module 'bench.report' has no attribute 'run'" in said
    assert "0 of 0 targets met; broken: nowhere, report" in said


def test_the_closing_line_counts_the_targets() -> None:
    met, missed = Line("a", "s", 1.0, met=True), Line("b", "s", 1.0, met=False)
    found = json.loads(Report("t", [met, missed, Line("c", "s", 1.0)]).as_json())
    assert bench.closing([{"name": "t", **found}], 61) == "1 of 2 targets met, in 1 min."


def test_reaction_is_judged_against_stock_of_the_same_run() -> None:
    subjects = [
        reaction.Subject("aios", burst.aios, (1,), [1.0, 1.2], [3.0]),
        reaction.Subject(reaction.STOCK, burst.stock, (1,), [20.0], [10.0]),
        reaction.Subject(reaction.IN_PROCESS, burst.stock, (1,), [5.0], [5.0]),
    ]
    lines = {line.name: line for line in reaction.report_of(subjects).lines}
    decided, sent = lines["lead → decision, aios"], lines["approve → receipt, aios"]
    assert decided.ratio == pytest.approx(20 / 1.1)
    assert (decided.met, sent.met) == (True, False)
    assert lines[f"lead → decision, {reaction.IN_PROCESS}"].ratio == 4


def test_each_kind_of_lead_waits_for_the_owner_on_the_stock_peer_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    for name, value in {**SETTINGS, "AIOS_HOME": str(home)}.items():
        monkeypatch.setenv(name, value)
    assert [asset.key.to_user_string() for asset in definitions.chain] == [s.name for s in LEAD_INTAKE_PROCESS.steps]
    with prepared(home, SETTINGS) as kernel, dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setattr(definitions, "kernel", lambda: kernel)
        cases = [ByCall(kernel).lead(number) for number in range(len(TEXTS))]
        looked = definitions.opened_cases(dg.build_sensor_context(instance))
        assert [request.partition_key for request in looked.run_requests or ()] == cases
        instance.add_dynamic_partitions("cases", cases)
        for case_id in cases:
            run = dg.materialize(definitions.chain, instance=instance, partition_key=case_id)
            assert len(run.asset_materializations_for_node("lead_reply_draft")) == 1
            assert not run.asset_materializations_for_node("lead_reply")
        with kernel.database.read() as connection:
            asked = kernel.decisions.list(connection, status="open")
        assert sorted(decision.case_id for decision in asked) == sorted(cases)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_ctrl_c_ends_everything_that_a_benchmark_started(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "reaction", "--quick"]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(
            command, cwd=bench.CHECKOUT, env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=said, stderr=said
        )
    until(lambda: len(started_in(tmp_path)) >= 4, timeout=120, every=0.2, what="aios up to start its parts")
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 130
    assert not started_in(tmp_path)
    assert not list(tmp_path.glob("aios-bench-*"))


def started_in(folder: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if home_of(process).startswith(str(folder))]


def home_of(process: psutil.Process) -> str:
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else process.environ().get("AIOS_HOME", "")
    except psutil.Error:
        return ""
