"""Plain Dagster: a job of ops in process, on an instance with SQLite in the folder, values kept as files."""

import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

import dagster as dg
from rounds import append_and_die, fibo, new_content, seconds, serve, size_of

FOLDER = Path(sys.argv[1])


def job_of(number: int, work: Any) -> dg.JobDefinition:
    """So many ops in a chain; the work is called with the op's number."""

    @dg.graph(name=f"chain_{number}_{work.__name__}")
    def chain() -> None:
        value = _op(0, work, first=True)()
        for step in range(1, number):
            value = _op(step, work)(value)

    return chain.to_job(resource_defs={"io_manager": dg.FilesystemIOManager(base_dir=str(FOLDER / "values"))})


def _op(step: int, work: Any, *, first: bool = False) -> dg.OpDefinition:
    ins = {} if first else {"before": dg.In()}

    @dg.op(name=f"step_{step}", ins=ins, out=dg.Out())
    def op(**_upstream: Any) -> Any:
        return work(step)

    return op


def steps(number: str) -> float:
    """Seconds for one run of the job."""

    def work(_: int) -> int:
        return fibo(10)

    job = job_of(int(number), work)
    return seconds(lambda: job.execute_in_process(instance=INSTANCE))


def grow(number: str, size: str) -> int:
    """Bytes by which the instance and the values grow."""

    def make(step: int) -> str:
        return new_content(step, int(size))

    before = size_of(FOLDER)
    job_of(int(number), make).execute_in_process(instance=INSTANCE)
    return size_of(FOLDER) - before


def effect(file: str) -> str:
    """One op with an effect, run again after a crash: Dagster's run monitoring starts such a run anew."""

    def act(_: int) -> str:
        append_and_die(file)
        return "done"

    job_of(1, act).execute_in_process(instance=INSTANCE)
    return "done"


def settings() -> dict[str, object]:
    """What Dagster sets its SQLite files to; it leaves `synchronous` as SQLite has it."""
    INSTANCE.get_runs_count()
    connection = sqlite3.connect(FOLDER / "history" / "runs.db")
    return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}


if __name__ == "__main__":
    os.environ["DAGSTER_HOME"] = str(FOLDER)
    with dg.DagsterInstance.get() as INSTANCE:
        serve({"steps": steps, "grow": grow, "effect": effect}, settings())
