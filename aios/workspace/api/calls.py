"""What the calls share: their router, the kernel as an argument, and how problems are described."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from aios.kernel import Kernel
from aios.workspace.problem import Problem
from aios.workspace.rendering import kernel_of

OWNER = "owner"
"""The actor of everything that is done over the API: whoever can reach it is, or has signed in as, the owner."""

TheKernel = Annotated[Kernel, Depends(kernel_of)]
Limit = Annotated[int, Query(ge=1, le=1000, description="The most items to return.")]

_MEANING = {
    401: "The signature is missing, wrong or too old.",
    404: "There is nothing under this id.",
    409: "The thing has moved on: used, expired, void, at another version, or in a state that forbids it.",
    422: "The request breaks its contract; `field` and `detail` say where.",
}


class Answer(BaseModel):
    """A value that the API returns, read from the kernel's own dataclasses."""

    model_config = ConfigDict(from_attributes=True, extra="ignore")


class Asked(BaseModel):
    """A body that the API takes; what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem documents that a call answers with, for its description."""
    return {status: {"model": Problem, "description": _MEANING[status]} for status in statuses}


def new_router(tag: str) -> APIRouter:
    """A router of calls about one noun."""
    return APIRouter(prefix="/api", tags=[tag])
