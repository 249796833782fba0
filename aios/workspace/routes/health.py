"""Health: each part of the running workspace."""

from fastapi import Request
from starlette.responses import Response

from aios.workspace.reading import health
from aios.workspace.rendering import fragment, page
from aios.workspace.routes.pages import TheKernel, new_router

router = new_router()


@router.get("/health")
def show(request: Request, kernel: TheKernel) -> Response:
    """The page."""
    return page(request, "health.html", parts=health.read(kernel))


@router.get("/live/health")
def live(request: Request, kernel: TheKernel) -> Response:
    """The short form on Today."""
    return fragment(request, "health_short.html", parts=health.read(kernel))
