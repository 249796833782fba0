"""The partitions of a process: its cases, in the order in which they opened."""

import dagster as dg

from aios.cases.process import ProcessInfo


def case_partitions(process: ProcessInfo) -> dg.DynamicPartitionsDefinition:
    """The dynamic partitions whose keys are the cases of the process, such as `lead_cases`."""
    return dg.DynamicPartitionsDefinition(name=f"{process.prefix}_cases")
