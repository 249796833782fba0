"""The template: a process that imports the definitions, opens nothing, and forks a run whenever it is told to.

It has one thread, and holds no database handle, channel or client that a fork could share. Each run is forked twice,
so that it belongs to the keeper: the template may end, or be killed, and no run notices.
"""

import gc
import importlib
import json
import os
import re
import signal
import socket
import sys
import traceback
from typing import Any

from resources.warm import linux
from resources.warm.address import encode

USED_BY_RUNS = (
    "dagster._cli.api",
    "dagster._core.execution.api",
    "dagster._core.execution.plan.active",
    "dagster._core.executor.in_process",
    "dagster._core.instance.factory",
    "dagster._core.storage.root",
    "dagster._core.system_config.composite_descent",
    "dagster._core.utility_ops",
    "dagster._core.workspace.autodiscovery",
    "dagster._utils.temp_file",
    "dagster._utils.test.definitions",
    "encodings.utf_8_sig",
    "fsspec.implementations.local",
    "resources.compute_logs",
    "resources.event_storage",
    "resources.run_coordinator",
    "resources.run_launcher",
    "upath.core",
    "upath.implementations.local",
)
"""What a run imports besides its definitions, imported once here; `tests/test_warm_runs.py` finds what is missing."""

USED_ON_POSTGRES = ("dagster_postgres", "psycopg2", "sqlalchemy.dialects.postgresql.psycopg2")


def main() -> None:
    """Import the module that is named second, then serve on the socket whose descriptor is named first."""
    control = socket.socket(fileno=int(sys.argv[1]))
    linux.die_with(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        warm_up(sys.argv[2])
        require_forkable(control)
    except BaseException as error:  # noqa: BLE001  # whatever it is, the keeper says it and starts runs the cold way
        control.sendall(encode({"unfit": f"{type(error).__name__}: {error}"[:2000]}))
        return
    control.sendall(encode({"fit": True}))
    for line in control.makefile("rb"):
        pid = fork_run(json.loads(line), control)
        control.sendall(encode({"pid": pid}))


def warm_up(module: str) -> None:
    """Import the definitions and what runs need, have Dagster resolve them once, and call the module's `warm_up`."""
    import dagster as dg

    on_postgres = USED_ON_POSTGRES if os.environ.get("AIOS_DAGSTER_DATABASE_URL") else ()
    for name in (*USED_BY_RUNS, *on_postgres):
        importlib.import_module(name)
    loaded = vars(importlib.import_module(module))
    for value in loaded.values():
        if isinstance(value, dg.Definitions):
            value.get_repository_def().get_all_jobs()
    if "warm_up" in loaded:
        loaded["warm_up"]()
    gc.collect()
    gc.freeze()


def require_forkable(control: socket.socket) -> None:
    """Refuse where a fork would copy a lock that is held, or share a file, a database or a connection."""
    if (count := linux.threads()) > 1:
        raise RuntimeError(f"importing the definitions started {count - 1} thread(s), which a fork would lose")
    inode = os.fstat(control.fileno()).st_ino
    harmless = re.compile(rf"socket:\[{inode}\]|/dev/(?!shm/).*")
    if shared := [name for name in linux.open_files() if not harmless.fullmatch(name)]:
        raise RuntimeError(f"importing the definitions left open: {', '.join(shared)}")


def fork_run(order: dict[str, Any], control: socket.socket) -> int:
    """Start a run as a process of the keeper's; returns its number."""
    keeper = os.getppid()
    told, telling = os.pipe()
    between = os.fork()
    if between == 0:
        run = os.fork()
        if run == 0:
            for number in (told, telling, control.fileno()):
                os.close(number)
            _be_run(order, keeper)
        os.write(telling, str(run).encode())
        os._exit(0)
    os.close(telling)
    pid = int(os.read(told, 32))
    os.close(told)
    os.waitpid(between, 0)
    return pid


def _be_run(order: dict[str, Any], keeper: int) -> None:
    """In the forked process: execute the run, as `dagster api execute_run` does, and exit."""
    code = 1
    try:
        linux.die_with(keeper)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = _execute(order["run_id"], order["instance"])
    except BaseException:  # noqa: BLE001  # nothing above this frame belongs to the run
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _execute(run_id: str, instance: str) -> int:
    from dagster import DagsterInstance
    from dagster._cli.api import _execute_run_command_body
    from dagster._core.instance import InstanceRef
    from dagster._serdes import deserialize_value
    from dagster._utils.interrupts import capture_interrupts

    with capture_interrupts(), DagsterInstance.from_ref(deserialize_value(instance, InstanceRef)) as opened:
        return _execute_run_command_body(run_id, opened, lambda _event: None, set_exit_code_on_failure=False)


if __name__ == "__main__":
    main()
