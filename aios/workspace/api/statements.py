"""Bank statements: their entries, what each was for, and taking that back."""

from typing import Annotated

from pydantic import Field

from aios.billing.entry_list import Listed, listed
from aios.workspace.api.calls import OWNER, Answer, Asked, Limit, TheKernel, new_router, problems

router = new_router("statements")


class UseOut(Answer):
    """What a part of an entry was for: `how` is invoice, transfer, account, same or ignored; `undone_on` is a day."""

    key: str
    how: str
    what: str
    minor: int
    on: str
    by: str
    rule: str
    undone_on: str


class EntryOut(Answer):
    """Money that came (positive) or went, in minor units; `left` is what nobody has accounted for yet."""

    id: str
    account: str
    currency: str
    amount: int
    left: int
    booked: str
    name: str
    words: str
    case_id: str
    uses: list[UseOut]


class EntryList(Answer):
    """Entries, the newest first."""

    entries: list[EntryOut]


class UndoIn(Asked):
    """Which use of an entry was wrong, and why."""

    key: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(max_length=500)] = ""


class UndoneOut(Answer):
    """The case that asks what the entry is now."""

    case_id: str


@router.get("/statements/entries", summary="List the entries of bank statements", responses=problems(422))
def list_entries(kernel: TheKernel, open: bool = False, limit: Limit = 200) -> EntryList:  # noqa: A002
    """All of them, or only those that are not accounted for."""
    with kernel.database.read() as connection:
        found = listed(connection, kernel.reconciliation.entries, open_only=open, limit=limit)
    return EntryList(entries=[_out(each) for each in found])


@router.post("/statements/undo", summary="Take back what an entry was for", responses=problems(404, 409, 422))
def undo(kernel: TheKernel, asked: UndoIn) -> UndoneOut:
    """A reversing entry is booked, and the owner is asked what it is."""
    return UndoneOut(case_id=kernel.entry_questions.undo(asked.key, asked.reason, actor=OWNER))


def _out(each: Listed) -> EntryOut:
    return EntryOut.model_validate(each.fields())
