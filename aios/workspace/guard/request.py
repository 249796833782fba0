"""What the guards share: reading a header from an ASGI scope, and refusing a request in its own language."""

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from aios.workspace.problem import problem_response
from aios.workspace.rendering import environment


def header(scope: Scope, name: bytes) -> str:
    """The first header of that name (lower case), empty where there is none."""
    values: list[tuple[bytes, bytes]] = scope["headers"]
    return next((value.decode("latin-1") for key, value in values if key == name), "")


def is_api(scope: Scope) -> bool:
    """Whether the request is for the JSON API."""
    path: str = scope["path"]
    return path == "/api" or path.startswith("/api/")


def refusal(scope: Scope, status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    """A problem document for the API, a plain page for a person."""
    if is_api(scope):
        return problem_response(status, title, detail, headers=headers)
    page = environment().get_template("refused.html").render(status=status, title=title, detail=detail)
    return HTMLResponse(page, status, headers)


async def refuse(
    scope: Scope,
    receive: Receive,
    send: Send,
    status: int,
    title: str,
    detail: str,
    headers: dict[str, str] | None = None,
) -> None:
    """Answer with a refusal; a websocket is closed."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await refusal(scope, status, title, detail, headers)(scope, receive, send)
