"""The stranded sensor: a case that should be worked on, while no run works on it, gets one more run.

Dagster starts a run whose process died again, but not for ever, and a run may be ended by hand. What such a run leaves
behind looks busy and is not. It is tried once more by itself; if that does not help either, its page says so.
"""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from aios.cases.cases import Case
from aios.clock import from_text, to_text
from aios.events.catalog import CaseFailed
from aios.kernel import Kernel
from assets.asked import asked_of
from assets.chains import CHAINS, chain_of, jobs, partitions_for
from sensors.events import held_back_after
from sensors.requests import PURPOSE, Work, run_requests

LEFT_ALONE = timedelta(seconds=60)
"""How long no run may be seen to work on an open case; Dagster's own second try comes sooner."""

UNKNOWN = "Name the process in assets/chains.py, start aios again, then retry the case."
REMEDY = "See the newest runs of the case in Dagster, mend the cause, then retry the case."


@dg.sensor(jobs=jobs(), minimum_interval_seconds=10, default_status=dg.DefaultSensorStatus.RUNNING)
def stranded_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SensorResult:
    """Starts open cases that were left without a run once more; where that did not help, they count as failed."""
    with kernel.database.read() as connection:
        cases = [case for case in kernel.cases.list(connection, status="open", limit=1000) if not case.paused]
    covered = _covered(context.instance, cases)
    before: dict[str, str] = json.loads(context.cursor or "{}")
    now = kernel.clock.now()
    alone = {key: before.get(key, to_text(now)) for case in cases if not covered(case) for key in [_key(case)]}
    stranded = [case for case in cases if from_text(alone.get(_key(case), to_text(now))) + LEFT_ALONE <= now]
    tried = _tried(context.instance) if stranded else set[tuple[str, int]]()
    fresh = [case for case in stranded if (case.id, case.continued) not in tried and chain_of(case.id)]
    again = [Work(case.id, case.continued) for case in fresh]
    for case in stranded:
        if chain_of(case.id) is None:
            _give_up(kernel, case, f"Dagster does not know its process {case.process}.", UNKNOWN)
        elif (case.id, case.continued) in tried:
            _give_up(kernel, case, "Its runs ended again and again without saying why.", REMEDY)
    return dg.SensorResult(
        run_requests=run_requests("stranded", again),
        dynamic_partitions_requests=partitions_for(work.case_id for work in again),
        cursor=json.dumps(alone),
        skip_reason=None if again else "Every open case has its run.",
    )


def _key(case: Case) -> str:
    """The case, and since when it is to be worked on."""
    return f"{case.id}-{case.continued}"


def _covered(instance: dg.DagsterInstance, cases: Sequence[Case]) -> Callable[[Case], bool]:
    """A check whether a run that has not ended works on the case, or the events sensor holds it back for the next."""
    if not cases:
        return lambda _case: False
    runs = instance.get_runs(dg.RunsFilter(statuses=list(NOT_FINISHED_STATUSES)))
    named = {case_id for run in runs for case_id in asked_of(run)}
    named |= {run.tags[PARTITION_NAME_TAG] for run in runs if PARTITION_NAME_TAG in run.tags}
    ranges = [
        (run.tags[ASSET_PARTITION_RANGE_START_TAG], run.tags[ASSET_PARTITION_RANGE_END_TAG])
        for run in runs
        if ASSET_PARTITION_RANGE_START_TAG in run.tags
    ]
    order = {key: at for at, key in enumerate(_partitions(instance) if ranges else ())}
    spans = [(order.get(first, -1), order.get(last, -1)) for first, last in ranges]
    held_back = held_back_after(runs)
    return lambda case: (
        case.id in named
        or (held_back is not None and case.continued > held_back)
        or any(first <= order.get(case.id, -2) <= last for first, last in spans)
    )


def _partitions(instance: dg.DagsterInstance) -> list[str]:
    """The cases of every process, one process after the other, as no range holds cases of two."""
    names = [str(chain.partitions.name) for chain in CHAINS.values()]
    return [case_id for name in names for case_id in instance.get_dynamic_partitions(name)]


def _tried(instance: dg.DagsterInstance) -> set[tuple[str, int]]:
    """The cases that were started once more, each with the position it was to be worked on since."""
    runs = instance.get_runs(dg.RunsFilter(tags={PURPOSE: "stranded"}))
    return {pair for run in runs for pair in asked_of(run).items()}


def _give_up(kernel: Kernel, case: Case, reason: str, remedy: str) -> None:
    """Say that the case does not get on, unless something has happened to it meanwhile."""
    with kernel.database.write() as tx:
        now = kernel.cases.get(tx, case.id)
        if (now.status, now.continued) == ("open", case.continued):
            kernel.cases.fail(tx, case.id, CaseFailed(step=case.step, error=reason, remedy=remedy, kind="hard"))
