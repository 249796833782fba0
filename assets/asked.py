"""What a run is asked to do: its cases, and the position in the log that asks for each.

A range of partitions must be contiguous, and costs Dagster an event per case and asset before anything is done. So
cases that go together are named in the run's configuration; a run of one case, or from Dagster's pages, has partitions.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from pydantic import Field


class Asked(dg.Config):
    """The cases of a run, each with the log position that asks for it; where there are none, its partitions count.

    `first` is the step to begin at. Without partitions, Dagster refuses to select assets whose upstream is left out.
    """

    cases: dict[str, int] = Field(default_factory=dict)
    first: str = ""


def asked_config(process: str, cases: Mapping[str, int], first: str = "") -> dict[str, Any]:
    """The run configuration that names the cases, and the step that they begin at."""
    return {"ops": {process: {"config": {"cases": dict(cases), "first": first}}}}


def asked_of(run: dg.DagsterRun) -> dict[str, int]:
    """The cases that the run's configuration names, with their positions."""
    config: Mapping[str, Any] = run.run_config
    return {
        case_id: int(position)
        for op in config.get("ops", {}).values()
        for case_id, position in op.get("config", {}).get("cases", {}).items()
    }
