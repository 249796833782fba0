"""Quarantine: what could not be taken in, why, and what to do with it."""

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from aios.errors import InvalidInput
from aios.workspace.rendering import page
from aios.workspace.routes.download import attachment
from aios.workspace.routes.pages import OWNER, TheKernel, go, new_router

router = new_router()


@router.get("/quarantine")
def show(request: Request, kernel: TheKernel, view: str = "open") -> Response:
    """What waits, or what was resolved."""
    return _show(request, kernel, "resolved" if view == "resolved" else "open")


@router.get("/quarantine/{quarantine_id}/raw")
def raw(kernel: TheKernel, quarantine_id: str) -> Response:
    """Its bytes as they came, as a file."""
    with kernel.database.read() as connection:
        thing = kernel.quarantine.get(connection, quarantine_id)
        data = kernel.quarantine.content(connection, quarantine_id)
    return attachment(thing.name, data)


@router.post("/quarantine/{quarantine_id}/release")
def release(request: Request, kernel: TheKernel, quarantine_id: str) -> Response:
    """Take it in after all; where it still cannot be read, the page says why."""
    try:
        receipts = kernel.intake.release(quarantine_id, actor=OWNER)
    except InvalidInput as problem:
        return _show(request, kernel, "open", problem=problem)
    cases = [receipt.case_id for receipt in receipts if receipt.case_id]
    return go(f"/cases/{cases[0]}") if len(cases) == 1 else go("/quarantine")


@router.post("/quarantine/{quarantine_id}/discard")
def discard(kernel: TheKernel, quarantine_id: str, note: Annotated[str, Form()] = "") -> Response:
    """Throw it away."""
    kernel.quarantine.discard(quarantine_id, actor=OWNER, note=note.strip())
    return go("/quarantine")


def _show(request: Request, kernel: TheKernel, view: str, problem: InvalidInput | None = None) -> Response:
    with kernel.database.read() as connection:
        found = kernel.quarantine.list(connection, status="open" if view == "open" else "")
    things = [thing for thing in found if view == "open" or thing.status != "open"]
    status = 422 if problem else 200
    return page(request, "quarantine.html", status=status, things=things, view=view, problem=problem)
