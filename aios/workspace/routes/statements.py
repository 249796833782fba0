"""Statements: the entries of the bank, what each was for, and taking that back."""

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from aios.billing.entry_list import listed
from aios.errors import Conflict
from aios.workspace.rendering import page
from aios.workspace.routes.pages import OWNER, TheKernel, go, new_router

router = new_router()
SHOWN = 200
"""The newest ones that the page shows; the command lists more."""


@router.get("/statements")
def show(request: Request, kernel: TheKernel, view: str = "all") -> Response:
    """Every entry, or those that nobody has placed yet."""
    return _show(request, kernel, "open" if view == "open" else "all")


@router.post("/statements/undo")
def undo(
    request: Request, kernel: TheKernel, key: Annotated[str, Form()], reason: Annotated[str, Form()] = ""
) -> Response:
    """Take back what it was for; where that was done before, the page says so."""
    try:
        case_id = kernel.entry_questions.undo(key, reason.strip(), actor=OWNER)
    except Conflict as problem:
        return _show(request, kernel, "all", problem)
    return go(f"/cases/{case_id}")


def _show(request: Request, kernel: TheKernel, view: str, problem: Conflict | None = None) -> Response:
    with kernel.database.read() as connection:
        found = listed(connection, kernel.reconciliation.entries, open_only=view == "open", limit=SHOWN)
    status = 409 if problem else 200
    return page(request, "statements.html", status=status, found=found, view=view, problem=problem)
