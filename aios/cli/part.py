"""A part of the running system: how it is started, when it is ready, and the process it currently is."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Part:
    """What to run. `ready` is asked until it says yes; `needs` names the parts that must be ready before it starts.

    Where `made_of` says something else than when the part was started, it is started again.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    needs: tuple[str, ...] = ()
    ready_within: float = 90.0
    stop_signal: int = signal.SIGTERM
    made_of: Callable[[], object] = lambda: None


class PartProcess:
    """One start of a part: a process group of its own, with its output in a log file."""

    def __init__(self, part: Part, log: Path, cwd: Path) -> None:
        self.part = part
        self.log = log
        self.started = time.monotonic()
        self.made_of = part.made_of()
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                part.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **part.env},
                process_group=0,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self.group = self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._popen.poll()

    def send(self, number: int) -> None:
        """Signal the whole group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, number)

    def ask_to_stop(self) -> None:
        """Signal the leader only; it ends its own children in its own order."""
        if self.exit_code is None:
            self._popen.send_signal(self.part.stop_signal)

    def tail(self, lines: int = 12) -> str:
        """The end of its log."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 8000))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])


def living_members(groups: set[int]) -> list[psutil.Process]:
    """The processes of the groups that are not just waiting to be reaped."""
    return [process for process in psutil.process_iter() if _group(process) in groups]


def _group(process: psutil.Process) -> int | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else os.getpgid(process.pid)
    except (psutil.Error, ProcessLookupError, PermissionError):
        return None


def _die_with_parent() -> None:
    """Between fork and exec: end with the supervisor even where the guard was killed too (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
