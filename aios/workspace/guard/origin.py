"""Origin: a change is taken from the workspace's own pages or from a program, never from another site's page.

Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`); pages must also carry their form token, and the
API takes JSON, and the bytes of files, which another site cannot send without asking first (CORS).
"""

from urllib.parse import parse_qs, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aios.workspace.guard.request import header, is_api, refuse
from aios.workspace.guard.tokens import Tokens

SAFE = ("GET", "HEAD", "OPTIONS")
ASKED_FIRST = ("application/json", "application/octet-stream")
"""Types of a body that no page of another site can send without the browser asking us; forms and plain text it can."""

WRONG_TYPE = "Send the body as Content-Type: application/json, or a file as application/octet-stream."
FIELD = "form_token"
LARGEST_FORM = 1_000_000
"""Bytes of an url-encoded form; files come as multipart, with the token in a header."""


class OriginGuard:
    """Refuses changes that another site makes in the owner's name."""

    def __init__(self, app: ASGIApp, tokens: Tokens) -> None:
        self.app = app
        self.tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check everything that may change something."""
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self.app(scope, receive, send)
        elif not same_origin(scope):
            detail = "This change came from another site. Use the workspace's own pages."
            await refuse(scope, receive, send, 403, "Foreign origin", detail)
        elif is_api(scope):
            await self._api(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def _api(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = header(scope, b"content-type").partition(";")[0].strip().lower()
        without_body = not kind and header(scope, b"content-length") in ("", "0") and not _streams(scope)
        if kind in ASKED_FIRST or without_body:
            await self.app(scope, receive, send)
        else:
            await refuse(scope, receive, send, 415, "Not JSON", WRONG_TYPE)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = header(scope, b"x-form-token")
        if not token and header(scope, b"content-type").startswith("application/x-www-form-urlencoded"):
            body = await _body(receive)
            token = parse_qs(body.decode("latin-1")).get(FIELD, [""])[0] if body is not None else ""
            receive = _again(body or b"", receive)
        if self.tokens.is_form_token(token, scope.get("state", {}).get("session_id", "")):
            await self.app(scope, receive, send)
        else:
            await refuse(scope, receive, send, 403, "This page is out of date", "Go back, reload it and try again.")


def same_origin(scope: Scope) -> bool:
    """Whether the request is from one of our own pages, or from no page at all."""
    site = header(scope, b"sec-fetch-site")
    if site and site not in ("same-origin", "none"):
        return False
    origin = header(scope, b"origin")
    return not origin or urlsplit(origin).netloc.lower() == header(scope, b"host").lower()


def _streams(scope: Scope) -> bool:
    return bool(header(scope, b"transfer-encoding"))


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None where it is larger than a form can be."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_FORM:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more for the route that reads it."""
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
