"""The events sensor, whatever happens between its ticks: each case gets exactly the runs that it needs."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.events.catalog import CaseContinued, CaseOpened
from aios.ids import new_id
from sensors import events, requests
from tests.company import Company, found_company
from tests.scheduler import Scheduler, named_in

STEPS = ("lead", "lead_reply_draft", "lead_reply")

HAPPENINGS = st.one_of(
    st.tuples(st.just("open"), st.integers(1, 4)),
    st.tuples(st.just("continue"), st.integers(0, 5)),
    st.tuples(st.just("tick"), st.none()),
    st.tuples(st.just("lose"), st.integers(0, 3)),
    st.tuples(st.just("start"), st.none()),
    st.tuples(st.just("forget"), st.none()),
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    home: Path = tmp_path_factory.mktemp("home")
    company = found_company(home)
    yield company
    company.kernel.close()


class Story:
    """A part of one log: what happened from its beginning on, and what the scheduler made of it."""

    def __init__(self, company: Company, instance: dg.DagsterInstance) -> None:
        self.kernel = company.kernel
        self.scheduler = Scheduler(company, instance)
        with self.kernel.database.read() as connection:
            self.began = self.kernel.log.head(connection)
        self.scheduler.cursors[events.events_sensor.name] = str(self.began)
        self.cases: list[str] = []

    def happens(self, what: str, number: int | None) -> None:
        match what, number:
            case "open", int(number):
                self.open(number)
            case "continue", int(number):
                self.continue_(number)
            case "lose", int(number):
                self.scheduler.tick(events.events_sensor, lost_after=number)
            case "start", _:
                self.scheduler.move(DagsterRunStatus.QUEUED, DagsterRunStatus.STARTED)
            case "forget", _:  # somebody resets the cursor
                self.scheduler.cursors[events.events_sensor.name] = str(self.began)
            case _:
                self.scheduler.tick(events.events_sensor)

    def open(self, number: int) -> None:
        for _ in range(number):
            with self.kernel.database.write() as tx:
                case_id = self.kernel.cases.next_id(tx, "lead_intake")
                self.kernel.cases.open(tx, case_id, "lead_intake", "A lead", new_id("ev", self.kernel.clock.now()))
            self.cases.append(case_id)

    def continue_(self, number: int) -> None:
        if self.cases:
            with self.kernel.database.write() as tx:
                at = number % len(self.cases)
                self.kernel.cases.continue_(tx, self.cases[at], STEPS[number % len(STEPS)], "feedback")

    def ends(self) -> None:
        """Everything that waits has its turn."""
        for _ in range(60):
            self.happens("start", None)
            self.happens("tick", None)

    def asked(self) -> list[tuple[str, int]]:
        """What asks for a run: a case, and the position in the log."""
        with self.kernel.database.read() as connection:
            found = self.kernel.log.read(connection, after=self.began, types=("case.opened", "case.continued"))
        return [
            (event.case_id or "", event.position)
            for event in found
            if isinstance(event.payload, CaseOpened | CaseContinued)
        ]


@settings(max_examples=60)
@given(happenings=st.lists(HAPPENINGS, max_size=25))
def test_whatever_the_order_and_whichever_ticks_are_lost_every_case_is_run_for_what_asks_and_once(
    company: Company, happenings: list[tuple[str, int | None]]
) -> None:
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as instance:
        patch.setattr(events, "BATCH", 5)
        patch.setattr(requests, "CASES_PER_RUN", 2)
        story = Story(company, instance)
        for what, number in happenings:
            story.happens(what, number)
        story.ends()
        needed: set[str] = set()
        for case_id, position in story.asked():
            runs = [
                run
                for run in story.scheduler.runs()
                if case_id in named_in(run) and int(run.tags[events.AFTER]) < position <= int(run.tags[events.UNTIL])
            ]
            assert len(runs) == 1, (case_id, position, [run.tags for run in runs])
            needed.add(runs[0].run_id)
        assert needed == {run.run_id for run in story.scheduler.runs()}
