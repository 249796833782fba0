"""A worker of its own process: carries out what is due until all is done, or until it is killed."""

import contextlib
import multiprocessing
import os
import time
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event

from sqlalchemy.engine import Connection

from aios.chaos.home import Stage
from aios.effects import ledger
from aios.errors import Blocked

LOOK_EVERY = 0.02
"""Seconds between two looks for what is due."""

GIVE_UP = 60.0
"""Seconds after which a worker stops, done or not; what is not done then counts as lost."""


CONTEXT = multiprocessing.get_context("forkserver")


def start(stage: Stage, go: Event, kill: str = "") -> BaseProcess:
    """A process that stands ready, and works on the stage when it may go; `kill` is where it kills itself."""
    CONTEXT.set_forkserver_preload(["aios.chaos.worker", "aios.kernel"])
    process = CONTEXT.Process(target=_work, args=(stage, go, kill))
    process.start()
    return process


def _work(stage: Stage, go: Event, kill: str) -> None:
    kernel, executor = stage.open()
    if kill:
        os.environ["AIOS_FAULT"] = kill
    go.wait(GIVE_UP)
    until = time.monotonic() + GIVE_UP
    while time.monotonic() < until:
        with kernel.database.read() as connection:
            due = executor.due(connection)
            if not due and not _is_open(connection):
                break
        for effect in due:
            with contextlib.suppress(Blocked):
                executor.carry_out(effect.key)
        if not due:
            time.sleep(LOOK_EVERY)
    kernel.close()


def _is_open(connection: Connection) -> bool:
    """Whether anything can still go on by itself."""
    return ledger.unsettled(connection) or bool(ledger.listing(connection, state="buffered", limit=1))
