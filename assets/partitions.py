"""The partitions that assets share."""

import dagster as dg

CASES = "lead_cases"
"""The name of the dynamic partitions whose keys are the cases of lead intake, in the order in which they opened."""

lead_cases = dg.DynamicPartitionsDefinition(name=CASES)
