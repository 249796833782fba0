"""When figures are made: each night what is over and lacks them, and, as soon as something is booked, what it changes.

What is booked on a day that is over changes the figures from that day on. So they are made again, for days as far back
as `FAR`, for months without an end; a backfill makes older days again.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import dagster as dg
from dagster._core.storage.tags import PRIORITY_TAG
from sqlalchemy.engine import Connection

from aios.events.catalog import BookingEntered
from aios.events.event import Event
from aios.events.seals import FIRST_DAY
from aios.finance.files import path_of
from aios.finance.month import Month
from aios.kernel import Kernel
from assets.finance import DAILY, MONTHLY, finance_days_job, finance_months_job
from sensors.days import run_for_days, unknown_days
from sensors.requests import UNDER_WAY

WATCHED = ("booking.entered", "payment.matched", "payment.unmatched", "invoice.disputed", "invoice.undisputed")
"""Events by which figures change."""

BATCH = 1000

AFTER_CASES = {PRIORITY_TAG: "-1"}
"""Tags of a run that what is new goes before."""

FAR = timedelta(days=92)
"""How far back days are made again by themselves."""


@dg.schedule(
    job=finance_days_job,
    cron_schedule="30 0 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def finance_days_schedule(
    context: dg.ScheduleEvaluationContext, kernel: dg.ResourceParam[Kernel]
) -> dg.RunRequest | dg.SkipReason:
    """Asks for every day that is over and has no figures, from that of the first entry on."""
    first, today = _begun(kernel), kernel.clock.now().date()
    days = [first + timedelta(days=at) for at in range((today - first).days)]
    return _catch_up(context, kernel, DAILY[0].name, days, today)


@dg.schedule(
    job=finance_months_job,
    cron_schedule="40 0 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def finance_months_schedule(
    context: dg.ScheduleEvaluationContext, kernel: dg.ResourceParam[Kernel]
) -> dg.RunRequest | dg.SkipReason:
    """Asks for every month that is over and has no figures, from that of the first entry on."""
    month, running = Month.of(_begun(kernel)), Month.of(kernel.clock.now().date())
    months: list[date] = []
    while month < running:
        months.append(month.first)
        month = month.back(-1)
    return _catch_up(context, kernel, MONTHLY[0].name, months, running.first)


@dg.sensor(
    jobs=[finance_days_job, finance_months_job],
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def finance_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SensorResult:
    """Makes the figures anew that what happened has changed. While a run for that is under way, the rest waits."""
    after = int(context.cursor or 0)
    with kernel.database.read() as connection:
        found = list(_happened(kernel, connection, after))
    if not found:
        return dg.SensorResult(skip_reason=f"Nothing was booked after position {after}.", cursor=str(after))
    if _is_busy(context.instance):
        return dg.SensorResult(skip_reason=f"{len(found)} events wait for a run that is under way.", cursor=str(after))
    today, last = kernel.clock.now().date(), found[-1].position
    first = _earliest(found, today)
    months = Month.of(first).first, Month.of(today).first
    asked = [
        run_for_days(f"finance-days-{last}", max(first, today - FAR), today, finance_days_job.name, AFTER_CASES),
        run_for_days(f"finance-months-{last}", *months, finance_months_job.name, AFTER_CASES),
    ]
    return dg.SensorResult(run_requests=asked, cursor=str(last))


def _happened(kernel: Kernel, connection: Connection, after: int) -> Iterator[Event]:
    """Every event after the position by which figures change."""
    while page := kernel.log.read(connection, after=after, types=WATCHED, limit=BATCH):
        yield from page
        after = page[-1].position


def _begun(kernel: Kernel) -> date:
    """The day from which on there are figures: that of the first entry; today where nothing is booked."""
    with kernel.database.read() as connection:
        begun = kernel.finance.begun(connection)
    return max(begun, FIRST_DAY) if begun else kernel.clock.now().date()


def _catch_up(
    context: dg.ScheduleEvaluationContext, kernel: Kernel, name: str, partitions: Sequence[date], running: date
) -> dg.RunRequest | dg.SkipReason:
    """The run from the first partition that Dagster does not know, or that has no figures of when it was over, on."""
    unknown, home = set(unknown_days(context, name, partitions)), kernel.settings.home
    missing = [day for day in partitions if day in unknown or not path_of(home, name, day.isoformat()).exists()]
    if not missing:
        return dg.SkipReason("Everything that is over has its figures.")
    return run_for_days(name, missing[0], running)


def _earliest(found: Sequence[Event], today: date) -> date:
    """The earliest day that what happened is of; today where it is of no earlier one."""
    days = [date.fromisoformat(event.payload.day) for event in found if isinstance(event.payload, BookingEntered)]
    return max(min([today, *days]), FIRST_DAY)


def _is_busy(instance: dg.DagsterInstance) -> bool:
    jobs = (finance_days_job.name, finance_months_job.name)
    return any(instance.get_run_ids(dg.RunsFilter(job_name=name, statuses=UNDER_WAY), limit=1) for name in jobs)
