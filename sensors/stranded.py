"""The stranded sensor: a case that should be worked on, while no run works on it, gets one more run.

Dagster starts a run whose process died again, but not for ever, and a run may be ended by hand. What such a run leaves
behind looks busy and is not. It is tried once more by itself; if that does not help either, its page says so.
"""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG, RUN_KEY_TAG

from aios.cases.cases import Case
from aios.clock import from_text, to_text
from aios.events.catalog import CaseFailed
from aios.kernel import Kernel
from assets.lead_intake import lead_intake_job
from assets.partitions import lead_cases
from sensors.events import RANGE_END, RANGE_START

LEFT_ALONE = timedelta(seconds=60)
"""How long no run may be seen to work on an open case; Dagster's own second try comes sooner."""

REMEDY = "See the newest runs of the case in Dagster, mend the cause, then retry the case."


@dg.sensor(job=lead_intake_job, minimum_interval_seconds=10, default_status=dg.DefaultSensorStatus.RUNNING)
def stranded_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SensorResult:
    """Starts open cases that were left without a run once more; where that did not help, they count as failed."""
    with kernel.database.read() as connection:
        cases = [case for case in kernel.cases.list(connection, status="open", limit=1000) if not case.paused]
    covered = _covered(context.instance, cases)
    before: dict[str, str] = json.loads(context.cursor or "{}")
    now = kernel.clock.now()
    alone = {key: before.get(key, to_text(now)) for case in cases if not covered(case) for key in [_run_key(case)]}
    stranded = [case for case in cases if from_text(alone.get(_run_key(case), to_text(now))) + LEFT_ALONE <= now]
    tried = [case for case in stranded if _was_tried(context.instance, case)]
    for case in tried:
        _give_up(kernel, case)
    runs = [
        dg.RunRequest(run_key=_run_key(case), partition_key=case.id, tags={"aios/stranded": "true"})
        for case in stranded
        if case not in tried
    ]
    return dg.SensorResult(
        run_requests=runs,
        dynamic_partitions_requests=[lead_cases.build_add_request([case.id for case in stranded])] if stranded else [],
        cursor=json.dumps(alone),
        skip_reason=None if runs else "Every open case has its run.",
    )


def _run_key(case: Case) -> str:
    return f"stranded-{case.id}-{case.continued}"


def _covered(instance: dg.DagsterInstance, cases: Sequence[Case]) -> Callable[[Case], bool]:
    """A check whether a run that has not ended works on the case."""
    if not cases:
        return lambda _case: False
    order = {key: at for at, key in enumerate(instance.get_dynamic_partitions(str(lead_cases.name)))}
    spans = [
        (order.get(first, -1), order.get(last, -1))
        for run in instance.get_runs(dg.RunsFilter(statuses=list(NOT_FINISHED_STATUSES)))
        for first, last in [_span(run)]
    ]
    return lambda case: any(first <= order.get(case.id, -2) <= last for first, last in spans)


def _span(run: dg.DagsterRun) -> tuple[str, str]:
    one = run.tags.get(PARTITION_NAME_TAG, "")
    return run.tags.get(RANGE_START, one), run.tags.get(RANGE_END, one)


def _was_tried(instance: dg.DagsterInstance, case: Case) -> bool:
    return bool(instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: _run_key(case)}), limit=1))


def _give_up(kernel: Kernel, case: Case) -> None:
    """Say that the case does not get on, unless something has happened to it meanwhile."""
    reason = "Its runs ended again and again without saying why."
    with kernel.database.write() as tx:
        now = kernel.cases.get(tx, case.id)
        if (now.status, now.continued) == ("open", case.continued):
            kernel.cases.fail(tx, case.id, CaseFailed(step=case.step, error=reason, remedy=REMEDY, kind="hard"))
