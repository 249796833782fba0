"""Failures: every error becomes a problem document on the API, and a page with the remedy for a person."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from aios.errors import AiosError
from aios.workspace.guard.request import is_api
from aios.workspace.problem import from_error, problem_response, status_of
from aios.workspace.rendering import page

logger = logging.getLogger(__name__)

_TITLES = {404: "Not found", 405: "Method not allowed", 409: "That has changed", 413: "Too large", 422: "Not valid"}


def register(app: FastAPI) -> None:
    """Handle every kind of error in one place each."""
    app.add_exception_handler(AiosError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def _ours(request: Request, error: Any) -> Response:
    if is_api(request.scope):
        return from_error(error)
    return _page(request, status_of(error), error.message, error.remedy)


def _invalid(request: Request, error: Any) -> Response:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    detail = f"{field or 'The request'}: {first['msg']}."
    if is_api(request.scope):
        return problem_response(422, "Invalid input", detail, remedy="Correct it and send it again.", field=field)
    return _page(request, 422, detail, "Go back and correct it.")


def _http(request: Request, error: Any) -> Response:
    if error.status_code == 400 and is_api(request.scope):  # FastAPI's word for a body that it could not even read
        return problem_response(422, "Invalid input", "The body is no JSON that can be read.", remedy="Send JSON.")
    title = _TITLES.get(error.status_code, "That did not work")
    detail = str(error.detail) if str(error.detail) != title else ""
    if is_api(request.scope):
        return problem_response(error.status_code, title, detail or title, headers=error.headers)
    return _page(request, error.status_code, detail or "There is nothing at this address.", "")


def _unexpected(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "aios met an error it has no name for; the workspace's log has the details."
    if is_api(request.scope):
        return problem_response(500, "Internal error", detail)
    return _page(request, 500, detail, "")


def _page(request: Request, status: int, detail: str, remedy: str) -> Response:
    title = _TITLES.get(status, "That did not work")
    return page(request, "error.html", status=status, title=title, detail=detail, remedy=remedy)
