"""Dunning (P4): an invoice of ours is overdue; a reminder is written, and sent when that is decided.

reminders: for each closed day, the reminders that were due on it and still are. Each opens a case of the process.
reminder → reminder_sent
"""

from datetime import date
from typing import Any

import dagster as dg

from aios.cases.process import REMINDER
from aios.kernel import Kernel
from aios.processes.context import StepContext
from aios.processes.process import Process
from aios.processes.reminder import Reminder, ReminderSent, remind
from aios.processes.reminder_sending import send
from assets.memory import closed_days
from assets.steps import process_chain

REMINDER_PROCESS = Process(REMINDER)


@REMINDER_PROCESS.step()
def reminder(step: StepContext) -> Reminder:
    """What is owed by now, with interest and fees of the policy's step, and the mail that says so."""
    return remind(step)


@REMINDER_PROCESS.step()
def reminder_sent(step: StepContext, reminder: Reminder) -> ReminderSent:
    """The mail, once for each step of an invoice; none once it is paid, disputed, paused or taken back."""
    return send(step, reminder)


REMINDER_CHAIN = process_chain(REMINDER_PROCESS)


@dg.multi_asset(
    name="reminders",
    specs=[
        dg.AssetSpec(
            "reminders",
            description="Overdue invoices of ours at the end of a day, and the reminders that were due and still are.",
            group_name="billing",
            code_version="1",
            skippable=True,
            partitions_def=closed_days,
            kinds={"python"},
            owners=["team:owner"],
        )
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def reminders(context: dg.AssetExecutionContext, kernel: dg.ResourceParam[Kernel]) -> None:
    """Opens a case for each reminder that is due; of a day that was missed, only what is still due now, and once."""
    with kernel.database.write() as tx:
        stopped = kernel.billing.dunning.stop_settled(tx)
    for day in context.partition_keys:
        on = date.fromisoformat(day)
        opened = kernel.billing.dunning.propose(on)
        context.log_event(
            dg.AssetMaterialization("reminders", partition=day, metadata=_figures(kernel, on, opened, len(stopped)))
        )


def _figures(kernel: Kernel, on: date, opened: list[str], stopped: int) -> dict[str, Any]:
    with kernel.database.read() as connection:
        overdue = kernel.billing.dunning.chased(connection, on)
    owed: dict[str, int] = {}
    for item in overdue:
        owed[item.currency] = owed.get(item.currency, 0) + item.open
    return {
        "overdue": len(overdue),
        "opened": len(opened),
        "stopped": stopped,
        "cases": ", ".join(opened) or "none",
        **{f"overdue_minor_{currency}": minor for currency, minor in owed.items()},
    }


reminders_job = dg.define_asset_job(
    "reminders_job",
    selection=dg.AssetSelection.assets("reminders"),
    description="Opens the reminders that are due of invoices that are overdue.",
    executor_def=dg.in_process_executor,
)
