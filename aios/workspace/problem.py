"""Problem documents (RFC 9457): how the API says what went wrong, and what to do about it."""

import re
from collections.abc import Mapping

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from aios.errors import (
    AiosError,
    Blocked,
    Conflict,
    CredentialMissing,
    HardFailure,
    InvalidInput,
    Misconfigured,
    NotFound,
    SoftFailure,
    Unsigned,
)

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[AiosError], int], ...] = (
    (Unsigned, 401),
    (NotFound, 404),
    (Conflict, 409),
    (Blocked, 409),
    (Misconfigured, 409),
    (CredentialMissing, 409),
    (InvalidInput, 422),
    (SoftFailure, 503),
    (HardFailure, 502),
)


class Problem(BaseModel):
    """What went wrong. `type` names the kind of problem, `remedy` the next thing to do."""

    type: str = Field(description="The kind of problem, such as urn:aios:problem:conflict.")
    title: str
    status: int
    detail: str
    remedy: str = ""
    field: str = Field("", description="The part of the request that is wrong.")


class ProblemResponse(JSONResponse):
    """A problem document on its way."""

    media_type = MEDIA_TYPE


def problem_response(
    status: int,
    title: str,
    detail: str,
    *,
    kind: str = "",
    remedy: str = "",
    field: str = "",
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, object] | None = None,
) -> ProblemResponse:
    """The problem as a response."""
    slug = kind or title.lower().replace(" ", "-")
    problem = Problem(
        type=f"urn:aios:problem:{slug}", title=title, status=status, detail=detail, remedy=remedy, field=field
    )
    return ProblemResponse({**problem.model_dump(), **(extra or {})}, status, headers=headers)


def status_of(error: AiosError) -> int:
    """The HTTP status that says what the error says."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def from_error(error: AiosError, extra: Mapping[str, object] | None = None) -> ProblemResponse:
    """One of our own errors as a problem document."""
    name = type(error).__name__
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
    return problem_response(
        status_of(error),
        words.capitalize(),
        error.message,
        kind=words.replace(" ", "-"),
        remedy=error.remedy,
        extra=extra,
    )
