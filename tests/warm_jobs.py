"""Jobs for the tests of warm runs; read by the keeper as a module of its own."""

import os
import signal
import time
from pathlib import Path

import dagster as dg

VERSION = "one"


@dg.op
def says(context: dg.OpExecutionContext) -> None:
    """Prints to its compute log, and leaves its process and version behind."""
    print("printed by the run")
    Path(os.environ["WARM_LEFT"], context.run_id).write_text(f"{os.getpid()} {VERSION}")


@dg.op
def holds(context: dg.OpExecutionContext) -> None:
    """Waits until it is let go or interrupted."""
    left = Path(os.environ["WARM_LEFT"])
    (left / context.run_id).write_text(f"{os.getpid()} {VERSION}")
    while not (left / "go").exists():
        time.sleep(0.01)


@dg.op
def dies() -> None:
    """Is killed as by the kernel of a machine that has no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)


@dg.job(executor_def=dg.in_process_executor)
def saying() -> None:
    """Ends at once."""
    says()


@dg.job(executor_def=dg.in_process_executor)
def holding() -> None:
    """Lasts."""
    holds()


@dg.job(executor_def=dg.in_process_executor)
def dying() -> None:
    """Is killed."""
    dies()


defs = dg.Definitions(jobs=[saying, holding, dying])
