"""`Worker`: which process is at work, so that another one can tell whether it still lives."""

import os
import platform
from dataclasses import dataclass

import psutil

SLACK = 2.0
"""Seconds by which two readings of one process's start may differ, since they go by the machine's boot time."""


@dataclass(frozen=True)
class Worker:
    """A process: its host, its id there, and when it started, in seconds since 1970 (ids are used again)."""

    host: str
    pid: int
    started: float


def this_worker() -> Worker:
    """The process that is running this."""
    return Worker(platform.node(), os.getpid(), _started(os.getpid()))


def is_dead(worker: Worker) -> bool:
    """Whether the process is known to be gone; of a process on another host nothing is known."""
    return worker.host == platform.node() and abs(worker.started - _started(worker.pid)) > SLACK


def _started(pid: int) -> float:
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return 0.0
