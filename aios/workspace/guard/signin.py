"""Sign-in: with a password set, nothing but the sign-in page answers a stranger."""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from aios.workspace.guard.attempts import Attempts
from aios.workspace.guard.request import header, is_api, refuse
from aios.workspace.guard.tokens import Tokens

COOKIE = "aios_session"
OPEN_PATHS = ("/signin", "/alive")
"""Answered without sign-in, with everything under `OPEN_FOLDERS`."""

OPEN_FOLDERS = ("/static/", "/api/webhooks/")
"""A webhook is known by its signature, which the route checks."""


class SignInGuard:
    """Lets through who is signed in: by the session cookie, or on the API by `Authorization: Bearer <password>`."""

    def __init__(self, app: ASGIApp, tokens: Tokens, attempts: Attempts) -> None:
        self.app = app
        self.tokens = tokens
        self.attempts = attempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or send to the sign-in page."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        session_id = self.tokens.session_id(_cookie(scope))
        scope.setdefault("state", {})["session_id"] = session_id
        path: str = scope["path"]
        if not self.tokens.password or session_id or path in OPEN_PATHS or path.startswith(OPEN_FOLDERS):
            await self.app(scope, receive, send)
        elif is_api(scope):
            await self._by_bearer(scope, receive, send)
        elif scope["type"] == "websocket":
            await refuse(scope, receive, send, 401, "Sign in first", "")
        else:
            await self._to_sign_in(scope, receive, send)

    async def _by_bearer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scheme, _, given = header(scope, b"authorization").partition(" ")
        client = client_of(scope)
        if wait := self.attempts.wait(client):
            detail = f"Too many wrong passwords. Try again in {wait} s."
            await refuse(scope, receive, send, 429, "Too many attempts", detail, {"Retry-After": str(wait)})
        elif scheme.lower() == "bearer" and self.tokens.is_password(_as_utf8(given.strip())):
            await self.app(scope, receive, send)
        else:
            if given:
                self.attempts.failed(client)
            detail = "Sign in at /signin, or send the workspace password as Authorization: Bearer."
            await refuse(scope, receive, send, 401, "Sign in first", detail, {"WWW-Authenticate": "Bearer"})

    async def _to_sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        if header(scope, b"hx-request"):
            await refuse(scope, receive, send, 401, "Sign in first", "Reload the page.", {"HX-Redirect": "/signin"})
            return
        query = scope["query_string"].decode("latin-1")
        there = scope["path"] + (f"?{query}" if query else "")
        target = f"/signin?next={quote(there, safe='')}" if scope["method"] in ("GET", "HEAD") else "/signin"
        await RedirectResponse(target, 303)(scope, receive, send)


def _as_utf8(value: str) -> str:
    """What a program meant by a header that was read as Latin-1; most send UTF-8."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value


def client_of(scope: Scope) -> str:
    """The address that the request comes from."""
    return scope["client"][0] if scope.get("client") else ""


def _cookie(scope: Scope) -> str:
    jar = SimpleCookie()
    try:
        jar.load(header(scope, b"cookie"))
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""
