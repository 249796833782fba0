"""Which process holds a claim, and whether it still lives."""

import os
import socket
from functools import lru_cache

import psutil

SLACK = 2.0
"""Seconds by which two readings of one start may differ: they follow the machine's clock, which may be set."""


@lru_cache(maxsize=4)
def _name(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{psutil.Process(pid).create_time():.2f}"


def this_worker() -> str:
    """This process as `host:pid:start time`; never the same for two processes."""
    return _name(os.getpid())


def is_dead(worker: str) -> bool:
    """Whether the worker is known to be gone. False where it cannot be known (another host): then its lease decides."""
    if worker == this_worker():
        return False
    host, pid, started = worker.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(pid))
        return process.status() == psutil.STATUS_ZOMBIE or abs(process.create_time() - float(started)) > SLACK
    except psutil.NoSuchProcess:
        return True
