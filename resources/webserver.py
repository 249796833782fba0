"""`python -m resources.webserver PORT WORKSPACE.YAML`: Dagster's pages on loopback, at rest while nobody looks."""

import sys

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._utils.interrupts import setup_interrupt_handlers
from dagster._utils.log import configure_loggers
from dagster_webserver import cli as stock
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__

from aios.server import serve
from resources.location_watch import look_seldom

POLL_RATE = 2000
"""Milliseconds between two questions of an open page, as Dagster's own command has it."""


def main() -> None:
    """Serve until told to end; Dagster's own command, but for the waiting."""
    port, workspace = int(sys.argv[1]), sys.argv[2]
    configure_loggers()
    setup_interrupt_handlers()
    look_seldom()
    target = WorkspaceFileTarget([workspace])
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(
            stock.DEFAULT_DB_STATEMENT_TIMEOUT, stock.DEFAULT_POOL_RECYCLE, stock.DEFAULT_POOL_MAX_OVERFLOW
        )
        with WorkspaceProcessContext(instance, version=__version__, workspace_load_target=target) as context:
            app = create_app_from_workspace_process_context(context, "", POLL_RATE)
            serve(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))


if __name__ == "__main__":
    main()
