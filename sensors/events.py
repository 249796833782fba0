"""The events sensor: every case that opened or has something new to work on gets a run.

Its cursor is a position in the event log. New cases become partitions and go together, as one run over their range.
"""

import dagster as dg

from aios.events.catalog import CaseContinued, CaseOpened
from aios.events.event import Event
from aios.kernel import Kernel
from assets.lead_intake import LEAD_INTAKE_PROCESS, lead_intake_job
from assets.partitions import lead_cases

BATCH = 1000
"""Events that one tick takes; the next tick goes on behind them."""

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@dg.sensor(job=lead_intake_job, minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def events_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SensorResult:
    """Starts lead intake for what is new in the event log."""
    after = int(context.cursor or 0)
    with kernel.database.read() as connection:
        found = kernel.log.read(connection, after=after, types=("case.opened", "case.continued"), limit=BATCH)
    if not found:
        return dg.SensorResult(skip_reason=f"Nothing new after position {after}.", cursor=str(after))
    opened = [event.payload.case_id for event in found if isinstance(event.payload, CaseOpened)]
    again = [event for event in found if isinstance(event.payload, CaseContinued) and event.case_id not in opened]
    return dg.SensorResult(
        run_requests=[*_first_run(opened, found[0].position), *_further_runs(again)],
        dynamic_partitions_requests=[lead_cases.build_add_request(opened)] if opened else [],
        cursor=str(found[-1].position),
    )


def _first_run(opened: list[str], position: int) -> list[dg.RunRequest]:
    if not opened:
        return []
    run_key = f"opened-{position}"
    if len(opened) == 1:
        return [dg.RunRequest(run_key=run_key, partition_key=opened[0])]
    return [dg.RunRequest(run_key=run_key, tags={RANGE_START: opened[0], RANGE_END: opened[-1]})]


def _further_runs(again: list[Event]) -> list[dg.RunRequest]:
    newest = {event.case_id: event for event in again}
    return [
        dg.RunRequest(
            run_key=f"continued-{event.position}",
            partition_key=case_id,
            asset_selection=steps_from(event.payload.step if isinstance(event.payload, CaseContinued) else ""),
        )
        for case_id, event in newest.items()
    ]


def steps_from(first: str) -> list[dg.AssetKey]:
    """The assets of the process from a step on; all of them where the name is none of its steps."""
    names = [step.name for step in LEAD_INTAKE_PROCESS.steps]
    return [dg.AssetKey(name) for name in names[names.index(first) if first in names else 0 :]]
