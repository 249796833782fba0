"""Outbox: the effect ledger, what the sandbox captured, the undo window and the stop switch."""

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from aios.effects import switches
from aios.workspace.reading import outbox
from aios.workspace.rendering import fragment, page
from aios.workspace.routes.download import attachment
from aios.workspace.routes.pages import OWNER, TheKernel, go, new_router

router = new_router()


@router.get("/outbox")
def show_list(request: Request, kernel: TheKernel, view: str = "all") -> Response:
    """The ledger."""
    with kernel.database.read() as connection:
        lines = outbox.read_list(connection, view)
        counts = outbox.counts(connection)
    return page(request, "outbox.html", lines=lines, view=view if view in outbox.VIEWS else "all", counts=counts)


@router.get("/live/outbox")
def live(request: Request, kernel: TheKernel, view: str = "all") -> Response:
    """The rows alone."""
    with kernel.database.read() as connection:
        return fragment(request, "outbox_rows.html", lines=outbox.read_list(connection, view), view=view)


@router.get("/outbox/effect")
def show_one(request: Request, kernel: TheKernel, key: str) -> Response:
    """One effect, its mail readable as text."""
    with kernel.database.read() as connection:
        return page(request, "effect.html", opened=outbox.read_one(kernel, connection, key))


@router.get("/outbox/effect/file")
def download(kernel: TheKernel, key: str) -> Response:
    """The captured mail as a file."""
    with kernel.database.read() as connection:
        name, data = outbox.captured_bytes(kernel, connection, key)
    return attachment(name, data)


@router.get("/outbox/effect/attachment")
def download_attachment(kernel: TheKernel, key: str, number: int) -> Response:
    """A file that goes out with the mail."""
    with kernel.database.read() as connection:
        opened = outbox.read_one(kernel, connection, key)
        return attachment(*outbox.attached(connection, opened.line.request, number))


@router.post("/outbox/undo")
def undo(kernel: TheKernel, key: Annotated[str, Form()]) -> Response:
    """Take an approval back."""
    kernel.gate.undo(key, OWNER)
    return go("/outbox/effect", key=key)


@router.post("/outbox/stop")
def stop(kernel: TheKernel, connector: Annotated[str, Form()], reason: Annotated[str, Form()] = "") -> Response:
    """Let nothing more go out."""
    switches.stop(kernel.log, switches.require(kernel.connectors, connector), OWNER, reason.strip())
    return go("/outbox")


@router.post("/outbox/release")
def release(kernel: TheKernel, connector: Annotated[str, Form()]) -> Response:
    """Let it go out again."""
    switches.release(kernel.log, switches.require(kernel.connectors, connector), OWNER)
    return go("/outbox")
