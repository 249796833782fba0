"""The inbox sensors: files dropped into the inbox folder, and mail waiting in the mailbox, enter the event log."""

import dagster as dg

from aios.kernel import Kernel


@dg.sensor(minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def inbox_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SkipReason:
    """Takes in what was dropped into the inbox folder; broken files go to quarantine."""
    taken = kernel.intake.sweep_inbox()
    return dg.SkipReason(f"Took in {len(taken)} from the inbox folder." if taken else "The inbox folder is empty.")
