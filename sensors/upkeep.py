"""The upkeep sensor: takes over changed policies and business documents, and proposes what corrections teach."""

import dagster as dg

from aios.kernel import Kernel
from aios.processes.notice import gather


@dg.sensor(minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def upkeep_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SkipReason:
    """Adopts a changed policy file (or refuses it, with line and reason) and learns changed business documents.

    What the owner has corrected several times becomes a proposal, and what other programs are subscribed to a notice.
    """
    told = gather(kernel)  # by the policies that were in force when it happened
    policy = kernel.policies.reload()
    learnt = kernel.memory.ingest_folder(kernel.settings.home / "business")
    asked = kernel.learning.propose()
    changed = sum(1 for result in learnt if result.changed)
    return dg.SkipReason(
        f"Policies {policy.outcome}; {changed} of {len(learnt)} documents changed; {len(asked)} preferences proposed; "
        f"{told} notices for other programs."
    )
