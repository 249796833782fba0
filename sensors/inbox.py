"""The inbox sensors: dropped files, mail in the mailbox and changes in the address book enter the event log."""

import dagster as dg

from aios.errors import CredentialRefused, HardFailure
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
    if not kernel.mailbox.is_set:
        return dg.SkipReason("No mailbox is set (AIOS_IMAP_URL).")
    if kernel.mailbox.is_held_back():
        return dg.SkipReason("The mailbox refused us a while ago; the owner was asked to mend it.")
    try:
        taken = kernel.mailbox.poll()
    except CredentialRefused as refused:
        return dg.SkipReason(f"{refused.message} The owner was asked to mend it.")
    except HardFailure as failure:
        ask_to_mend(kernel, "mailbox", "The mailbox cannot be read", failure.message, failure.remedy)
        return dg.SkipReason("The mailbox refuses us; the owner was asked to mend it.")
    return dg.SkipReason(f"Took in {len(taken)} mails." if taken else "No new mail.")


@dg.sensor(minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def address_book_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SkipReason:
    """Takes over what has changed in the owner's address book where AIOS_CARDDAV_URL is set."""
    if not kernel.address_book.is_set:
        return dg.SkipReason("No address book is set (AIOS_CARDDAV_URL).")
    try:
        changed = kernel.address_book.poll()
    except HardFailure as failure:
        ask_to_mend(kernel, "address-book", "The address book cannot be read", failure.message, failure.remedy)
        return dg.SkipReason("The address book refuses us; the owner was asked to mend it.")
    return dg.SkipReason(f"Took over {changed} cards." if changed else "Nothing new in the address book.")
