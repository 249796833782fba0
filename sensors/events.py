"""The events sensor: every case that opened or has something new to work on gets a run.

Its cursor is a position in the event log. New cases become partitions. While a run of new cases waits in the queue, the
next ones wait in the log, and then go together.
"""

from collections.abc import Sequence

import dagster as dg
from dagster._core.storage.dagster_run import DagsterRunStatus

from aios.events.catalog import CaseContinued, CaseOpened
from aios.events.event import Event
from aios.kernel import Kernel
from assets.chains import jobs, partitions_for
from assets.reporter import BESIDE_OTHERS
from sensors.requests import PURPOSE, Work, run_requests

BATCH = 1000
"""Events that one tick takes; the next tick goes on behind them."""

AFTER, UNTIL = "aios/after", "aios/until"
"""Tags of a run: the events that its tick took, as the cursor before and after it."""


@dg.sensor(jobs=jobs(), minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def events_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SensorResult:
    """Starts the processes of what is new in the event log."""
    after = int(context.cursor or 0)
    with kernel.database.read() as connection:
        found = kernel.log.read(connection, after=after, types=("case.opened", "case.continued"), limit=BATCH)
    if not found:
        return dg.SensorResult(skip_reason=f"Nothing new after position {after}.", cursor=str(after))
    until = _taken_before(context.instance, after)
    if until is not None:
        found = [event for event in found if event.position <= until]
    opened = [Work(each.case_id, event.position) for event in found if isinstance(each := event.payload, CaseOpened)]
    again = _continued(found, {work.case_id for work in opened})
    if until is None and not again and _queue_is_busy(context.instance):
        return dg.SensorResult(skip_reason=f"{len(opened)} new cases wait for room in the queue.", cursor=str(after))
    last = str(found[-1].position)
    tags = {AFTER: str(after), UNTIL: last}
    return dg.SensorResult(
        run_requests=[*run_requests("new", opened, tags), *run_requests("continued", again, tags)],
        dynamic_partitions_requests=partitions_for(each.case_id for each in opened),
        cursor=last,
    )


def _continued(found: list[Event], opened: set[str]) -> list[Work]:
    """The cases to be continued, each from the step that was asked for last; a new one runs all its steps anyway."""
    newest = {
        event.case_id: (event.position, said) for event in found if isinstance(said := event.payload, CaseContinued)
    }
    return [
        Work(case_id, position, said.step, alone=said.reason == BESIDE_OTHERS)
        for case_id, (position, said) in newest.items()
        if case_id and case_id not in opened
    ]


def _taken_before(instance: dg.DagsterInstance, after: int) -> int | None:
    """Where a tick from this cursor ended that made runs and was lost before its cursor was kept.

    The same events make the same runs, whose keys Dagster knows; with more events it could not tell what is done.
    """
    runs = instance.get_runs(dg.RunsFilter(tags={AFTER: str(after)}), limit=1)
    return int(runs[0].tags[UNTIL]) if runs else None


def _queue_is_busy(instance: dg.DagsterInstance) -> bool:
    waiting = dg.RunsFilter(tags={PURPOSE: "new"}, statuses=[DagsterRunStatus.QUEUED])
    return bool(instance.get_run_ids(waiting, limit=1))


def held_back_after(runs: Sequence[dg.DagsterRun]) -> int | None:
    """The position behind which new cases are held back, given the runs that have not ended; None where none are."""
    if not any(run.status == DagsterRunStatus.QUEUED and run.tags.get(PURPOSE) == "new" for run in runs):
        return None
    return max(int(run.tags.get(UNTIL, 0)) for run in runs)
