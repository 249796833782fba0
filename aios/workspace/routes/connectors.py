"""Connectors: how each stands, a test, a preview of an operation, its stop switch, and sandbox or live."""

import json
from typing import Annotated, Any, cast

from fastapi import Form, Request
from starlette.responses import Response

from aios.effects import asking, standing, switches
from aios.effects.rehearsal import rehearse
from aios.effects.switching import switch
from aios.errors import AiosError, CredentialMissing, InvalidInput, Misconfigured
from aios.kernel import Kernel
from aios.settings import Mode
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
    health = asking.ask(kernel.database, kernel.connectors, kernel.executor.admission, connector)
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
    said, problem = None, None
    try:
        with kernel.database.read() as connection:
            policy = kernel.policies.current(connection)
            admission = kernel.executor.admission
            said = rehearse(connection, kernel.connectors, admission, policy, connector, operation, _object(content))
    except AiosError as error:
        problem = error
    given = {"operation": operation, "content": content}
    return _page(request, kernel, connector=connector, preview=said, problem=problem, **given)


@router.post("/connectors/use")
def use(
    request: Request, kernel: TheKernel, connector: Annotated[str, Form()], mode: Annotated[str, Form()]
) -> Response:
    """Let it act outside, or in the sandbox; where it lacks something for that, the page says what."""
    wanted: Mode = "live" if mode == "live" else "sandbox"
    try:
        done, refused = switch(kernel.gate, kernel.connectors, connector, wanted, OWNER), None
    except (CredentialMissing, Misconfigured) as error:
        done, refused = None, error
    return _page(request, kernel, connector=connector, switched=done, refused=refused)


@router.post("/connectors/stop")
def stop(kernel: TheKernel, connector: Annotated[str, Form()], reason: Annotated[str, Form()] = "") -> Response:
    """Let nothing more go out through it."""
    switches.stop(kernel.log, switches.require(kernel.connectors, connector), OWNER, reason.strip())
    return go("/connectors")


def _page(request: Request, kernel: Kernel, **more: Any) -> Response:
    with kernel.database.read() as connection:
        found = standing.read(connection, kernel.connectors, kernel.executor.admission)
    nothing = dict.fromkeys(("health", "preview", "problem", "switched", "refused"))
    said: dict[str, Any] = {**nothing, "connector": "", "operation": "", "content": "", **more}
    return page(request, "connectors.html", found=found, **said)


def _object(text: str) -> dict[str, Any]:
    try:
        value: object = json.loads(text or "{}")
    except ValueError as error:
        raise InvalidInput(f"The request is not JSON: {error}.", 'Write it as {"name": "value"}.') from None
    if not isinstance(value, dict):
        raise InvalidInput("The request is not a JSON object.", 'Write it as {"name": "value"}.')
    return cast(dict[str, Any], value)
