"""Processes of their own, forked from a server that has done everything once.

There is one such server for each process of tests, so what it has imported is said here, for everybody. Without it,
each process would import the libraries, and compile the statements, that it needs for its short life.
"""

import multiprocessing
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from subprocess import TimeoutExpired
from typing import TextIO

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.rehearsed"])


class Forked:
    """`python -c CODE WORDS…` in a forked process, used as one of `subprocess`: what it prints comes through pipes."""

    def __init__(self, code: str, *words: str, **environment: str) -> None:
        out, its_out = CONTEXT.Pipe(duplex=False)
        err, its_err = CONTEXT.Pipe(duplex=False)
        self.process = CONTEXT.Process(target=_run, args=(code, words, environment, its_out, its_err))
        self.process.start()
        its_out.close()
        its_err.close()
        self.stdout, self.stderr = _text(out), _text(err)

    @classmethod
    def module(cls, name: str, *words: str, **environment: str) -> "Forked":
        """`python -m NAME WORDS…`."""
        return cls(f"import runpy; runpy.run_module({name!r}, run_name='__main__')", *words, **environment)

    @property
    def returncode(self) -> int | None:
        """As with `subprocess`: None while it runs, negative where a signal ended it."""
        return self.process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        assert self.process.pid
        os.kill(self.process.pid, number)

    def communicate(self, timeout: float = 60) -> tuple[str, str]:
        """All that it has printed since, once it has ended."""
        with ThreadPoolExecutor(2) as readers:
            out, err = readers.map(lambda pipe: pipe.read(), (self.stdout, self.stderr))
        self.process.join(timeout)
        if self.returncode is None:
            raise TimeoutExpired("a forked process", timeout)
        self.stdout.close()
        self.stderr.close()
        return out, err


def _text(end: Connection) -> TextIO:
    with end:
        return os.fdopen(os.dup(end.fileno()), encoding="utf-8")


def _run(code: str, words: tuple[str, ...], environment: dict[str, str], out: Connection, err: Connection) -> None:
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8", closefd=False), os.fdopen(2, "w", 1, closefd=False)
    os.environ.update(environment)
    sys.argv = ["-c", *words]
    try:
        exec(code, {"__name__": "__main__"})
    finally:
        sys.stdout.flush()
