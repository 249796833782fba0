"""Costs: what models cost, by day, process, agent, model and case, against the limits."""

from fastapi import Request
from starlette.responses import Response

from aios.workspace.reading import costs
from aios.workspace.rendering import page
from aios.workspace.routes.pages import TheKernel, new_router

router = new_router()


@router.get("/costs")
def show(request: Request, kernel: TheKernel, days: int = 31) -> Response:
    """The figures of the last days."""
    days = min(max(days, 1), 366)
    with kernel.database.read() as connection:
        return page(request, "costs.html", found=costs.read(kernel, connection, days), days=days)
