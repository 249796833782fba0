"""Facts: what is known of a contact or the business, predicate by predicate."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from aios.memory.claim import Claim
from aios.workspace.api.calls import OWNER, Answer, Asked, TheKernel, new_router, problems

router = new_router("memory")


class FactIn(Asked):
    """What is so of a contact (`subject` is its id) or the business, from when and until when (empty: open)."""

    subject: str = Field(min_length=1, max_length=60)
    predicate: str = Field(min_length=1, max_length=40)
    value: str = Field(min_length=1, max_length=300)
    valid_from: str = Field("", max_length=40)
    valid_to: str = Field("", max_length=40)


class LearnedOut(Answer):
    """What became of it: `learned`, `superseded` another value, `confirmed`, or `asked` as a decision."""

    outcome: str
    predicate: str
    value: str
    before: str
    item_id: str
    decision_id: str


class FactOut(Answer):
    """What is believed, with when it holds, how sure it is, whose word it is, and every source."""

    item_id: str
    subject: str
    predicate: str
    label: str
    value: str
    text: str
    confidence: float
    trust: str
    sources: list[dict[str, Any]]
    valid_from: str
    valid_to: str
    added_at: str


class FactsOut(Answer):
    """The facts of a subject, by predicate."""

    facts: list[FactOut]


@router.post("/memory/facts", status_code=201, summary="Tell a fact", responses=problems(404, 422))
def tell(body: FactIn, kernel: TheKernel) -> LearnedOut:
    """Believe what the owner says; of a predicate with one value, it supersedes the older one."""
    claim = Claim(**body.model_dump(), source=OWNER, trust="owner")
    return LearnedOut.model_validate(kernel.facts.learn([claim], OWNER)[0])


@router.get("/memory/facts", summary="What is known of somebody", responses=problems(404, 422))
def facts(
    kernel: TheKernel,
    subject: Annotated[str, Query(min_length=1, description="A contact's id, or `business`.")],
    predicate: Annotated[str, Query(description="Only this predicate.")] = "",
    at: Annotated[str, Query(description="What holds at this time.")] = "",
    known_at: Annotated[str, Query(description="What was believed at this time.")] = "",
) -> FactsOut:
    """The facts of a contact, by any of its ids, or of the business."""
    with kernel.database.read() as connection:
        found = kernel.facts.known(connection, subject, at=at, known_at=known_at, predicate=predicate)
    return FactsOut(facts=[FactOut.model_validate(fact) for fact in found])
