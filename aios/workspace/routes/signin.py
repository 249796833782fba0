"""Sign-in and sign-out."""

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from aios.workspace.guard.signin import COOKIE, client_of
from aios.workspace.guard.tokens import SESSION
from aios.workspace.rendering import environment, form_token
from aios.workspace.routes.pages import go, new_router

router = new_router()


@router.get("/signin")
def show(request: Request, next: str = "/") -> Response:  # noqa: A002  # the name of the query argument
    """The page; whoever is signed in, or needs no sign-in, goes on."""
    if request.state.session_id or not request.app.state.tokens.password:
        return RedirectResponse(_local(next), 303)
    return _page(request, next)


@router.post("/signin")
def sign_in(
    request: Request,
    password: Annotated[str, Form(max_length=1000)],
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Check the password; a few wrong ones, and the next must wait."""
    tokens, attempts, client = request.app.state.tokens, request.app.state.attempts, client_of(request.scope)
    if wait := attempts.wait(client):
        problem = f"Too many wrong passwords. Try again in {wait // 60 + 1} minutes."
        return _page(request, next, problem, 429, {"Retry-After": str(wait)})
    if not tokens.is_password(password):
        attempts.failed(client)
        return _page(request, next, "That is not the password.", 401)
    answer = RedirectResponse(_local(next), 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(
        COOKIE, tokens.new_session(), int(SESSION.total_seconds()), httponly=True, samesite="lax", secure=secure
    )
    return answer


@router.post("/signout")
def sign_out() -> Response:
    """Forget the session in this browser."""
    answer = go("/signin")
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _page(
    request: Request, then: str, problem: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    template = environment().get_template("signin.html")
    text = template.render(form_token=form_token(request), next=_local(then), problem=problem)
    return HTMLResponse(text, status, headers)


def _local(path: str) -> str:
    """A path of this server, whatever was asked for."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path
    return path if safe else "/"
