"""The paid sensor: statements with entries that nobody could place are looked at again once something was booked."""

import dagster as dg

from aios.kernel import Kernel


@dg.sensor(minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def paid_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SkipReason:
    """An invoice that was issued, booked or paid since may be what an entry was for; its case then runs again."""
    again = kernel.entry_questions.reconsider()
    return dg.SkipReason(f"Looks at {len(again)} statements again." if again else "Every entry stands as it did.")
