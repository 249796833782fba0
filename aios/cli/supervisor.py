"""The supervisor: starts parts, waits until they are ready, restarts what dies, and ends everything together."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from aios.cli import guard
from aios.cli.bell import Bell
from aios.cli.part import Part, PartProcess, living_members
from aios.errors import AiosError, HardFailure

TICK = 0.1
"""Seconds between two looks while something starts, stops or is told; at rest it takes a signal to wake us."""

MOST_RESTARTS = 5
RESTART_WINDOW = 60.0
STOP_WITHIN = 6.0
COMPARE_EVERY = 5.0
"""Seconds between two looks whether a part is still made of what is on disk."""

Say = Callable[[str], None]


class Supervisor:
    """Runs the parts until told to stop. Without it, a person would watch six programs and their order."""

    def __init__(self, parts: Sequence[Part], home: Path, say: Say, lock: int | None = None) -> None:
        self._parts = {part.name: part for part in parts}
        self._home = home
        self._say = say
        self._lock = lock
        self._running: dict[str, PartProcess] = {}
        self._ready: set[str] = set()
        self._deaths: dict[str, deque[float]] = {name: deque() for name in self._parts}
        self._start_at: dict[str, float] = dict.fromkeys(self._parts, 0.0)
        self._compared = time.monotonic()
        self._changed: dict[str, object] = {}
        self._renewed: set[str] = set()
        self._stopping = 0
        self._guard: subprocess.Popen[str] | None = None

    def run(self, when_ready: Callable[[], Iterator[None]]) -> None:
        """Start everything, advance `when_ready` once per tick after all are ready, and return when asked to stop.

        Raises `HardFailure` with the part's last lines when one can't be kept alive; everything has ended by then.
        """
        (self._home / "logs").mkdir(parents=True, exist_ok=True)
        with self._signals(), self._guarded():
            try:
                with Bell() as bell:
                    self._loop(when_ready, bell)
            finally:
                self._stop()

    def _loop(self, when_ready: Callable[[], Iterator[None]], bell: Bell) -> None:
        told: Iterator[None] | None = None
        while not self._stopping:
            self._start_what_can()
            self._look_after()
            if told is None and self._ready == self._parts.keys():
                told = when_ready()
            telling = told is None or next(told, self) is not self
            bell.sleep(TICK if telling or self._ready != self._parts.keys() else COMPARE_EVERY)

    def _start_what_can(self) -> None:
        now = time.monotonic()
        for part in self._parts.values():
            waiting = part.name not in self._running and now >= self._start_at[part.name]
            if waiting and self._ready.issuperset(part.needs):
                self._start(part)

    def _start(self, part: Part) -> None:
        process = PartProcess(part, self._home / "logs" / f"{part.name}.log", self._home)
        self._tell_guard("+", process.group)
        self._running[part.name] = process

    def _look_after(self) -> None:
        for name, process in list(self._running.items()):
            if process.exit_code is not None:
                self._died(process)
            elif name not in self._ready:
                self._await(process)
        if time.monotonic() > self._compared + COMPARE_EVERY:
            self._compared = time.monotonic()
            self._renew_what_changed()

    def _renew_what_changed(self) -> None:
        """Start what runs on old code again, once the new code has come to rest."""
        for name in self._ready - self._renewed:
            process = self._running[name]
            now = process.part.made_of()
            if now != process.made_of and self._changed.get(name) == now:
                self._say(f"  {name:<20} runs on changed code; starting it again")
                self._renewed.add(name)
                process.ask_to_stop()
            self._changed[name] = now

    def _await(self, process: PartProcess) -> None:
        part, waited = process.part, time.monotonic() - process.started
        if part.ready():
            self._ready.add(part.name)
            self._say(f"  {part.name:<20} ready after {waited:.1f} s")
        elif waited > part.ready_within:
            raise self._hopeless(process, f"was not ready within {part.ready_within:.0f} s")

    def _died(self, process: PartProcess) -> None:
        name, now = process.part.name, time.monotonic()
        if name in self._renewed:
            self._renewed.discard(name)
            self._forget(process)
            return
        deaths = self._deaths[name]
        deaths.append(now)
        while deaths[0] < now - RESTART_WINDOW:
            deaths.popleft()
        self._forget(process)
        if len(deaths) > MOST_RESTARTS:
            raise self._hopeless(process, f"ended {len(deaths)} times within a minute ({_how(process.exit_code)})")
        pause = min(0.5 * 2 ** (len(deaths) - 1), 8.0)
        self._start_at[name] = now + pause
        self._say(f"  {name:<20} ended ({_how(process.exit_code)}); starting it again in {pause:g} s")

    def _forget(self, process: PartProcess) -> None:
        """The leader has ended; whatever it left in its group must not meet its successor."""
        process.send(signal.SIGKILL)
        self._tell_guard("-", process.group)
        self._ready.discard(process.part.name)
        del self._running[process.part.name]

    def _hopeless(self, process: PartProcess, reason: str) -> AiosError:
        return HardFailure(
            f"{process.part.name} {reason}, so everything was stopped. Its last lines:\n{process.tail()}\n",
            f"The whole log is {process.log}; `aios doctor` checks the settings.",
        )

    def _stop(self) -> None:
        """Ask every part to end, then insist: a second Ctrl-C or `STOP_WITHIN` seconds kill what is left."""
        groups = {process.group for process in self._running.values()}
        if groups:
            self._say("Stopping …")
        for process in self._running.values():
            process.ask_to_stop()
        begun, insisted = time.monotonic(), False
        while self._still_alive(groups) and time.monotonic() < begun + STOP_WITHIN and self._stopping < 2:
            if not insisted and (self._leaderless() or time.monotonic() > begun + STOP_WITHIN / 2):
                insisted = True
                self._send_all(signal.SIGTERM)
            time.sleep(TICK)
        self._send_all(signal.SIGKILL)
        for process in self._running.values():
            self._tell_guard("-", process.group)

    def _leaderless(self) -> bool:
        return all(process.exit_code is not None for process in self._running.values())

    def _still_alive(self, groups: set[int]) -> bool:
        return not self._leaderless() or bool(living_members(groups))

    def _send_all(self, number: int) -> None:
        for process in self._running.values():
            process.send(number)

    @contextmanager
    def _signals(self) -> Generator[None]:
        """SIGINT and SIGTERM ask to stop; a second one insists."""

        def ask(_number: int, _frame: FrameType | None) -> None:
            self._stopping += 1

        wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, ask) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def _guarded(self) -> Generator[None]:
        """Keep a guard beside us; it holds the home's lock too, until the last process of ours has ended."""
        self._guard = subprocess.Popen(
            [sys.executable, "-I", guard.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            pass_fds=() if self._lock is None else (self._lock,),
            cwd=os.sep,
        )
        try:
            yield
        finally:
            if self._guard.stdin is not None:
                self._guard.stdin.close()
            self._guard.wait()

    def _tell_guard(self, change: str, group: int) -> None:
        if self._guard is not None and self._guard.stdin is not None and self._guard.poll() is None:
            self._guard.stdin.write(f"{change}{group}\n")
            self._guard.stdin.flush()


def _how(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"signal {signal.Signals(-exit_code).name}"
    return f"exit code {exit_code}"
