"""The keeper: owns the warm template and every run forked from it, and sees each of them to its end.

It starts a template, and another one whenever the code on disk has changed; runs under way finish on the old code. It
is the parent of all runs: one that ends without having said so is reported to Dagster with the reason, and none
outlives the keeper.
"""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aios.fingerprint import Fingerprint, fingerprint
from resources.warm import linux
from resources.warm.address import SOCKET, Unavailable, encode, listen
from resources.warm.settle import settle

logger = logging.getLogger("aios.runs")

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Keeps numerical libraries from starting threads when they are imported."""

IMPORT_WITHIN = 60.0
FORK_WITHIN = 10.0
FINISH_WITHIN = 2.0
"""Seconds that runs have to finish when the keeper is told to end; the rest are started again by Dagster later."""

INSIST_AFTER = 20.0
"""Seconds after which a run that was asked to end, and does not, is killed."""


@dataclass
class Template:
    """A warm process, and the line to it."""

    process: asyncio.subprocess.Process
    made_of: Fingerprint
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def start(cls, module: str, made_of: Fingerprint, numbers: set[int]) -> "Template":
        """A template that has imported the module; its number is in `numbers` from its birth on.

        Raises `Unavailable` with the reason where it cannot be warm.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            command = (sys.executable, "-m", "resources.warm.template", str(theirs.fileno()), module)
            process = await asyncio.create_subprocess_exec(
                *command, pass_fds=[theirs.fileno()], env={**os.environ, **ONE_THREAD}
            )
            numbers.add(process.pid)
        reader, writer = await asyncio.open_connection(sock=ours)
        template = cls(process, made_of, reader, writer)
        said = await template._hear(IMPORT_WITHIN)
        if "unfit" in said:
            template.dismiss()
            raise Unavailable(str(said["unfit"]))
        return template

    async def fork(self, order: Mapping[str, Any]) -> int:
        """Start a run; returns the number of its process."""
        self.writer.write(encode(order))
        return int((await self._hear(FORK_WITHIN))["pid"])

    def dismiss(self) -> None:
        """Let it end; its runs go on."""
        self.writer.close()

    @property
    def alive(self) -> bool:
        """Whether it can still fork."""
        return self.process.returncode is None and not self.reader.at_eof()

    async def _hear(self, within: float) -> dict[str, Any]:
        try:
            line = await asyncio.wait_for(self.reader.readline(), within)
        except TimeoutError:
            self.process.kill()
            raise Unavailable(f"the warm process said nothing for {within:.0f} s") from None
        if not line:
            raise Unavailable("the warm process died")
        return json.loads(line)


@dataclass
class Run:
    """A run under way, as a child process of the keeper."""

    run_id: str
    pid: int
    handle: int
    instance: str
    since: float
    interrupted: bool = False


class Keeper:
    """Answers the launcher: `ready`, `launch`, `interrupt`, `status`."""

    def __init__(self, module: str, folders: Sequence[Path]) -> None:
        self._module = module
        self._folders = folders
        self._template: Template | None = None
        self._refused: tuple[Fingerprint, str] | None = None
        self._starting = asyncio.Lock()
        self._forking = asyncio.Lock()
        self._runs: dict[str, Run] = {}
        self._templates: set[int] = set()
        self._settling: set[asyncio.Task[None]] = set()
        self._closing = False

    async def serve(self, home: Path) -> None:
        """Listen until SIGTERM or SIGINT, then give the runs a moment to finish."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGCHLD, self._bury_strangers)
        (home / SOCKET).unlink(missing_ok=True)
        async with await asyncio.start_unix_server(self._converse, sock=listen(home)) as server:
            warming = asyncio.ensure_future(self._warm_up())
            await stop.wait()
            warming.cancel()
            self._closing = True
            server.close()
        (home / SOCKET).unlink(missing_ok=True)
        deadline = time.monotonic() + FINISH_WITHIN
        while (self._runs or self._settling) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)

    async def _warm_up(self) -> None:
        try:
            await self._fresh_template()
        except Unavailable as reason:
            logger.warning("Runs start the cold way: %s", reason)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(encode(await self._answer(json.loads(line))))
                await writer.drain()
        except (ConnectionError, ValueError) as error:
            logger.warning("A question to the keeper broke off: %s", error)
        finally:
            writer.close()

    async def _answer(self, question: dict[str, Any]) -> Mapping[str, Any]:
        try:
            match question:
                case {"ask": "ready"}:
                    return {"template": (await self._fresh_template()).process.pid}
                case {"ask": "launch", "run_id": str(run_id), "instance": str(instance)}:
                    return {"pid": await self._launch(run_id, instance)}
                case {"ask": "interrupt", "run_id": str(run_id)}:
                    return {"found": self._interrupt(run_id)}
                case {"ask": "status"}:
                    return self._status()
                case _:
                    return {"error": "the keeper does not know this question"}
        except Unavailable as reason:
            return {"error": str(reason)}

    async def _fresh_template(self) -> Template:
        """A template of the code as it is now. A broken one is not tried again until the code changes."""
        async with self._starting:
            if self._closing:
                raise Unavailable("the keeper is ending")
            now = fingerprint(self._folders)
            current = self._template
            if current is not None and current.alive and current.made_of == now:
                return current
            if self._refused is not None and self._refused[0] == now:
                raise Unavailable(self._refused[1])
            began = time.monotonic()
            try:
                self._template = await Template.start(self._module, now, self._templates)
            except Unavailable as reason:
                self._refused = (now, f"{self._module} cannot be kept warm: {reason}")
                raise Unavailable(self._refused[1]) from None
            finally:
                if current is not None:
                    current.dismiss()
            logger.info("Warm after %.1f s (process %d).", time.monotonic() - began, self._template.process.pid)
            return self._template

    async def _launch(self, run_id: str, instance: str) -> int:
        template = await self._fresh_template()
        async with self._forking:
            pid = await template.fork({"run_id": run_id, "instance": instance})
        run = Run(run_id, pid, os.pidfd_open(pid), instance, time.time())
        self._runs[run_id] = run
        asyncio.get_running_loop().add_reader(run.handle, self._ended, run)
        return pid

    def _interrupt(self, run_id: str) -> bool:
        """Ask a run to end as Ctrl-C does; insist after a while."""
        run = self._runs.get(run_id)
        if run is None:
            return False
        run.interrupted = True
        signal.pidfd_send_signal(run.handle, signal.SIGINT)
        asyncio.get_running_loop().call_later(INSIST_AFTER, self._insist, run)
        return True

    def _insist(self, run: Run) -> None:
        if self._runs.get(run.run_id) is run:
            logger.warning("Run %s did not end when asked to; it is killed.", run.run_id)
            signal.pidfd_send_signal(run.handle, signal.SIGKILL)

    def _ended(self, run: Run) -> None:
        asyncio.get_running_loop().remove_reader(run.handle)
        _, status = os.waitpid(run.pid, 0)
        os.close(run.handle)
        del self._runs[run.run_id]
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            self._later(asyncio.to_thread(settle, run.instance, run.run_id, run.pid, code))

    def _bury_strangers(self) -> None:
        """What a killed run had started comes to us as an orphan, and would stay as a zombie."""
        ours = {run.pid for run in self._runs.values()} | self._templates
        for pid in linux.children():
            if pid not in ours:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._settling.add(task)
        task.add_done_callback(self._settled)

    def _settled(self, task: "asyncio.Task[None]") -> None:
        self._settling.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("A run that died could not be reported; run monitoring will see it.", exc_info=error)

    def _status(self) -> Mapping[str, Any]:
        warm = self._template is not None and self._template.alive
        return {
            "warm": warm,
            "template": self._template.process.pid if self._template and warm else None,
            "refused": self._refused[1] if self._refused and not warm else "",
            "runs": {run.run_id: {"pid": run.pid, "since": run.since} for run in self._runs.values()},
        }


def keep(home: Path, module: str, folders: Sequence[Path]) -> None:
    """Be the keeper of that Dagster home until told to end. Raises `Unavailable` where another one keeps it."""
    linux.adopt_orphans()
    with (home / "warm.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Unavailable(f"another keeper serves {home} already") from None
        asyncio.run(Keeper(module, folders).serve(home))
