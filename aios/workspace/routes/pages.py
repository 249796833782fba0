"""What the page routes share: their router, the kernel as an argument, who acts, where to go next."""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse

from aios.kernel import Kernel
from aios.workspace.rendering import kernel_of

OWNER = "owner"
"""The actor of everything that is done on a page."""

TheKernel = Annotated[Kernel, Depends(kernel_of)]


def new_router() -> APIRouter:
    """A router of pages; pages are no part of the API's description."""
    return APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def go(path: str, **query: str) -> RedirectResponse:
    """Show another page after a change (303, so that a reload does not repeat it)."""
    given = {name: value for name, value in query.items() if value}
    return RedirectResponse(quote(path, safe="/-_.~") + (f"?{urlencode(given)}" if given else ""), 303)
