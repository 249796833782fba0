"""The payments sensor: what happened at Stripe while no webhook reached us enters the event log."""

from datetime import timedelta

import dagster as dg

from aios.clock import from_text, to_text
from aios.errors import HardFailure, SoftFailure
from aios.kernel import Kernel
from aios.processes.remedy import ask_to_mend


@dg.sensor(minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def payments_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SensorResult:
    """Asks Stripe what has happened where STRIPE_API_KEY is set. Its cursor is until when Stripe asked us to wait."""
    wait = context.cursor or ""
    if not kernel.payment_events.configured:
        return dg.SensorResult(skip_reason="No account at Stripe is set (STRIPE_API_KEY).")
    if wait and from_text(wait) > kernel.clock.now():
        return dg.SensorResult(skip_reason=f"Stripe asked us to wait until {wait}.", cursor=wait)
    try:
        taken = kernel.payment_events.poll()
    except SoftFailure as failure:
        until = kernel.clock.now() + timedelta(seconds=failure.retry_after or 0)
        return dg.SensorResult(skip_reason=f"{failure} It is asked again.", cursor=to_text(until))
    except HardFailure as failure:
        ask_to_mend(kernel, "payment-events", "Stripe cannot be asked what happened", failure.message, failure.remedy)
        return dg.SensorResult(skip_reason="Stripe refuses us; the owner was asked to mend it.")
    return dg.SensorResult(skip_reason=f"Took in {len(taken)} events." if taken else "Nothing new at Stripe.")
