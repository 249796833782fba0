"""Preferences: what was learned from the owner's corrections, where from, what it changed; off and on again."""

from fastapi import Request
from starlette.responses import Response

from aios.memory.preferences import switch_off, switch_on
from aios.workspace.reading import preferences
from aios.workspace.rendering import page
from aios.workspace.routes.pages import TheKernel, go, new_router

router = new_router()


@router.get("/preferences")
def show(request: Request, kernel: TheKernel) -> Response:
    """Every preference, and the edit distance by agent version."""
    with kernel.database.read() as connection:
        found, distances = preferences.read_all(connection), preferences.distances(connection)
    return page(request, "preferences_page.html", found=found, distances=distances)


@router.post("/preferences/{preference_id}/off")
def off(kernel: TheKernel, preference_id: str) -> Response:
    """Follow it no more."""
    switch_off(kernel.log, preference_id)
    return go("/preferences")


@router.post("/preferences/{preference_id}/on")
def on(kernel: TheKernel, preference_id: str) -> Response:
    """Follow it again."""
    switch_on(kernel.log, preference_id)
    return go("/preferences")
