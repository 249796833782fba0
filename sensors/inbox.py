"""The inbox sensors: files dropped into the inbox folder, and mail waiting in the mailbox, enter the event log."""

import dagster as dg

from aios.errors import HardFailure, Misconfigured
from aios.kernel import Kernel
from aios.processes.remedy import ask_to_mend


@dg.sensor(minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def inbox_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SkipReason:
    """Takes in what was dropped into the inbox folder; broken files go to quarantine."""
    taken = kernel.intake.sweep_inbox()
    return dg.SkipReason(f"Took in {len(taken)} from the inbox folder." if taken else "The inbox folder is empty.")


@dg.sensor(minimum_interval_seconds=20, default_status=dg.DefaultSensorStatus.RUNNING)
def mailbox_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SkipReason:
    """Reads new mail where AIOS_IMAP_URL is set; a refused password becomes one decision, not a storm."""
    if kernel.settings.aios_imap_url is None:
        return dg.SkipReason("No mailbox is set (AIOS_IMAP_URL).")
    try:
        taken = kernel.mailbox.poll()
    except (HardFailure, Misconfigured) as failure:
        ask_to_mend(kernel, "mailbox", "The mailbox cannot be read", failure.message, failure.remedy)
        return dg.SkipReason("The mailbox refuses us; the owner was asked to mend it.")
    return dg.SkipReason(f"Took in {len(taken)} mails." if taken else "No new mail.")
