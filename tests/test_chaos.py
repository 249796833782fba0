"""`aios chaos` plays failures with real workers, counts outside, and ends with 1 if anything is lost or done twice."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aios.chaos import haste
from aios.chaos.home import Stage
from aios.chaos.outside import Unreliable
from aios.chaos.play import play_one
from aios.chaos.scenario import SCENARIOS, Outcome, Scenario
from aios.cli import main

BY_NAME = {each.name: each for each in SCENARIOS}


def played(home: Path, scenario: Scenario, connector: str = "mail", operations: int = 8) -> Outcome:
    return play_one(Stage(home, haste.start(), scenario, connector), operations)


@pytest.mark.parametrize("name", ["lost acknowledgement", "flapping", "killed during"])
def test_a_scenario_does_its_harm_and_nothing_is_lost_or_done_twice(home: Path, name: str) -> None:
    outcome = played(home, BY_NAME[name], "calendar" if name == "killed during" else "mail")
    assert outcome.held and outcome.operations == 8 and outcome.faults > 0
    assert outcome.looked_up > 0 or outcome.retried > 0


def test_what_is_done_twice_outside_is_counted_and_ends_with_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(home, haste.start(), Scenario("none", "Nothing goes wrong."), "mail")
    outcome = play_one(stage, 2)
    assert outcome.held
    twice = Outcome(**{**outcome.__dict__, "duplicates": 1})
    monkeypatch.setattr("aios.chaos.play.play", lambda *_: iter([twice]))
    result = CliRunner().invoke(main.app, ["chaos", "--json"])
    assert result.exit_code == 1 and json.loads(result.stdout)[0]["held"] is False


def test_each_call_that_reaches_the_outside_is_tallied_even_the_second_of_a_key(home: Path) -> None:
    stage = Stage(home, haste.start(), Scenario("none", "Nothing goes wrong."), "mail")
    kernel, executor = stage.open()
    outside = executor.connectors["mail", "sandbox"]
    assert isinstance(outside, Unreliable)
    for _ in range(2):
        outside.perform("send", {"to": ["a@example.com"], "subject": "S", "text": "T"}, "mail.send/lead-0001/1")
    assert stage.tally.count("done") == 2
    kernel.close()


def test_a_scenario_or_connector_that_there_is_not_is_named(home: Path) -> None:
    for words in (["--scenario", "surely none"], ["--connector", "fax"]):
        result = CliRunner().invoke(main.app, ["chaos", *words])
        assert result.exit_code == 1 and "There" in str(result.exception)
