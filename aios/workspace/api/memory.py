"""Memory: what the business knows; add to it, search it, close what is no longer true."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from aios.memory.versions import Version
from aios.workspace.api.calls import OWNER, Answer, Asked, TheKernel, new_router, problems

router = new_router("memory")


class MemoryIn(Asked):
    """One thing to remember. `subject` is a contact's id, or `business`."""

    kind: str = Field("note", min_length=1, max_length=40)
    title: str = Field(min_length=1, max_length=300)
    text: str = Field(min_length=1, max_length=100_000)
    subject: str = Field("business", min_length=1, max_length=60)
    source: str = Field("owner", min_length=1, max_length=400)


class MemoryAddedOut(Answer):
    """The id under which it is remembered."""

    item_id: str


class RecalledOut(Answer):
    """A found item. `lexical` and `vector` are its scaled scores on either side, null where that side missed it.

    `words` stand in the item, `beside` in its neighbours only; `similarity` is the cosine of query and item; `priors`
    were added for other reasons (contact, recency, use); `also` names the sources that say the same.
    """

    item_id: str
    title: str
    text: str
    source: str
    kind: str
    score: float
    lexical: float | None
    vector: float | None
    why: str
    words: list[str]
    beside: list[str]
    similarity: float | None
    priors: dict[str, float]
    also: list[str]


class RecallOut(Answer):
    """What was found, best first; `notice` says what could not be searched."""

    found: list[RecalledOut]
    notice: str


class CorrectionIn(Asked):
    """What is true instead, and why. Without a title, the old one stays."""

    text: str = Field(min_length=1, max_length=100_000)
    title: str = Field("", max_length=300)
    reason: str = Field(min_length=1, max_length=500)


class RetractionIn(Asked):
    """Why it is no longer believed."""

    reason: str = Field(min_length=1, max_length=500)


class KnownOut(Answer):
    """An item. `source_events` are the events it comes from, `uses` the cases whose contexts held it.

    `valid_from` and `valid_to` are when it is so, `added_at` and `closed_at` when it was believed.
    """

    item_id: str
    kind: str
    title: str
    text: str
    subject: str
    source: str
    source_events: list[str]
    version: int
    confidence: float | None
    references: list[str]
    superseded_by: str
    uses: int
    last_used: str
    valid_from: str
    valid_to: str
    added_at: str
    closed_at: str
    closed_reason: str
    attributes: dict[str, Any]


class HistoryOut(Answer):
    """The versions of an item, oldest first."""

    versions: list[Version]


@router.post("/memory", status_code=201, summary="Remember something", responses=problems(422))
def add(body: MemoryIn, kernel: TheKernel) -> MemoryAddedOut:
    """Learn one thing."""
    return MemoryAddedOut(item_id=kernel.memory.add(**body.model_dump()))


@router.get("/memory/search", summary="Recall", responses=problems(404, 422))
def search(
    kernel: TheKernel,
    q: Annotated[str, Query(min_length=1, max_length=2000)],
    k: Annotated[int, Query(ge=1, le=50)] = 8,
    contact: Annotated[str, Query(description="Only what is known about this contact.")] = "",
    kind: Annotated[str, Query(description="Only this kind.")] = "",
    at: Annotated[str, Query(description="What is valid at this time.")] = "",
    known_at: Annotated[str, Query(description="What was believed at this time.")] = "",
) -> RecallOut:
    """The items that fit the words best, by words and, where an embedder is there, by meaning."""
    with kernel.database.read() as connection:
        subjects = kernel.contacts.family(connection, contact) if contact else ()
    kinds = (kind,) if kind else ()
    return RecallOut.model_validate(
        kernel.memory.search(q, k=k, subjects=subjects, kinds=kinds, at=at, known_at=known_at)
    )


@router.get("/memory/{item_id}", summary="One item", responses=problems(404, 422))
def show(item_id: str, kernel: TheKernel) -> KnownOut:
    """The item with its version, sources, confidence and uses."""
    return KnownOut.model_validate(kernel.memory.show(item_id))


@router.get("/memory/{item_id}/history", summary="An item's versions", responses=problems(404, 422))
def history(item_id: str, kernel: TheKernel) -> HistoryOut:
    """Every version, by the id of any of them: what it said, who changed it, when and why."""
    return HistoryOut(versions=kernel.memory.history(item_id))


@router.post("/memory/{item_id}/correct", status_code=201, summary="Correct", responses=problems(404, 409, 422))
def correct(item_id: str, body: CorrectionIn, kernel: TheKernel) -> MemoryAddedOut:
    """Believe this instead; the old version stays readable. 409 where it is closed, or part of a document."""
    return MemoryAddedOut(item_id=kernel.memory.correct(item_id, **body.model_dump(), actor=OWNER))


@router.post("/memory/{item_id}/retract", status_code=204, summary="Retract", responses=problems(404, 409, 422))
def retract(item_id: str, body: RetractionIn, kernel: TheKernel) -> None:
    """No longer believe it; it stays readable as closed. 409 where it is closed, or part of a document."""
    kernel.memory.retract(item_id, body.reason, OWNER)


@router.delete("/memory/{item_id}", status_code=204, summary="Forget something", responses=problems(404, 409, 422))
def forget(
    item_id: str, kernel: TheKernel, reason: Annotated[str, Query(max_length=500)] = "forgotten by the owner"
) -> None:
    """No longer believe it; it is found no more. 409 where it is closed already, or part of a document."""
    kernel.memory.close(item_id, reason)
