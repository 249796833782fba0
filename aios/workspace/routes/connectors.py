"""Connectors: how each stands, a test, a preview of an operation, and its stop switch."""

import json
from typing import Annotated, Any, cast

from fastapi import Form, Request
from starlette.responses import Response

from aios.effects import standing, switches
from aios.errors import AiosError, InvalidInput
from aios.kernel import Kernel
from aios.workspace.rendering import page
from aios.workspace.routes.pages import OWNER, TheKernel, go, new_router

router = new_router()


@router.get("/connectors")
def show(request: Request, kernel: TheKernel) -> Response:
    """Every connector."""
    return _page(request, kernel)


@router.post("/connectors/test")
def ask(request: Request, kernel: TheKernel, connector: Annotated[str, Form()]) -> Response:
    """Ask the outside how it is; nothing is done there."""
    health = standing.ask(kernel.log, kernel.connectors, kernel.executor.admission, connector)
    return _page(request, kernel, connector=connector, health=health)


@router.post("/connectors/preview")
def preview(
    request: Request,
    kernel: TheKernel,
    connector: Annotated[str, Form()],
    operation: Annotated[str, Form()],
    content: Annotated[str, Form()] = "",
) -> Response:
    """What an operation would do, in words; nothing is done."""
    try:
        said, problem = kernel.connectors.contract(connector).preview(operation, _object(content)), None
    except AiosError as error:
        said, problem = "", error
    return _page(request, kernel, connector=connector, content=content, preview=said, problem=problem)


@router.post("/connectors/stop")
def stop(kernel: TheKernel, connector: Annotated[str, Form()], reason: Annotated[str, Form()] = "") -> Response:
    """Let nothing more go out through it."""
    switches.stop(kernel.log, switches.require(kernel.connectors, connector), OWNER, reason.strip())
    return go("/connectors")


def _page(request: Request, kernel: Kernel, **more: Any) -> Response:
    with kernel.database.read() as connection:
        found = standing.read(connection, kernel.connectors, kernel.executor.admission)
    said: dict[str, Any] = {"connector": "", "health": None, "preview": "", "problem": None, "content": "", **more}
    return page(request, "connectors.html", found=found, **said)


def _object(text: str) -> dict[str, Any]:
    try:
        value: object = json.loads(text or "{}")
    except ValueError as error:
        raise InvalidInput(f"The request is not JSON: {error}.", 'Write it as {"name": "value"}.') from None
    if not isinstance(value, dict):
        raise InvalidInput("The request is not a JSON object.", 'Write it as {"name": "value"}.')
    return cast(dict[str, Any], value)
