"""`Unreliable`: a connector that fails as the scenario says; `Tally`: where each call is written down at once."""

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from aios.chaos.scenario import Scenario
from aios.clock import Clock, to_text
from aios.connectors.base import Connector, Health, LookUp
from aios.errors import OutcomeUnknown, SoftFailure
from aios.settings import Mode

RETRY_AFTER = 30.0
"""Seconds that the outside asks for when it has had too many requests."""


SILENCE = 0.2
"""Real seconds for which the outside says nothing before the connector gives up."""


class Tally:
    """One file that every process appends lines to, each in one write: what was done outside, asked, or went wrong."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def note(self, what: str, key: str, clock: Clock) -> None:
        """Write it down; a process that is killed right after has done so."""
        line = json.dumps([what, key, to_text(clock.now())]).encode() + b"\n"
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)

    def read(self) -> list[tuple[str, str, str]]:
        """Every line: what, the effect's key, and when."""
        if not self.file.exists():
            return []
        return [tuple(json.loads(line)) for line in self.file.read_text("utf-8").splitlines()]

    def count(self, what: str) -> int:
        """How often it was noted."""
        return Counter(line[0] for line in self.read())[what]


class Watched:
    """The outside as the executor sees it, each look-up tallied."""

    def __init__(self, inside: Connector, tally: Tally, clock: Clock) -> None:
        self.inside = inside
        self.tally = tally
        self.clock = clock
        self.name = inside.name

    @property
    def mode(self) -> Mode:
        """That of the connector inside."""
        return self.inside.mode

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Have the connector inside do it."""
        return self.inside.perform(operation, request, key)

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """Ask the connector inside."""
        self.tally.note("looked up", key, self.clock)
        return self.inside.look_up(operation, request, key)

    def check(self) -> Health:
        """How the connector inside is."""
        return self.inside.check()


class Unreliable(Watched):
    """An outside that fails. What really happens there is done by the connector inside, and tallied."""

    def __init__(self, inside: Connector, scenario: Scenario, tally: Tally, clock: Clock) -> None:
        super().__init__(inside, tally, clock)
        self.scenario = scenario

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Do it, or fail as it is this call's turn to fail."""
        self.tally.note("called", key, self.clock)
        fault = self._fault()
        if fault:
            self.tally.note("fault", key, self.clock)
        match fault:
            case "reset":
                raise SoftFailure("The connection was reset before the outside had it.")
            case "busy":
                raise SoftFailure("429 Too Many Requests", retry_after=RETRY_AFTER)
            case "broken":
                raise SoftFailure("500 Internal Server Error")
            case _:
                receipt = self.inside.perform(operation, request, key)
                self.tally.note("done", key, self.clock)
        if fault == "silent":
            time.sleep(SILENCE)
        if fault:
            raise OutcomeUnknown("The outside went silent after it got it.", "It is looked up.")
        return receipt

    def _fault(self) -> str:
        number = self.tally.count("called")
        if self.scenario.flapping:
            return "broken" if (number // self.scenario.flapping) % 2 else ""
        return self.scenario.fault or "" if number % self.scenario.every == 0 else ""
