"""Contacts: what is known about one, or was at an earlier moment."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from aios.forgetting.forgetting import forget, plan
from aios.processes.past import known_at, moment_of
from aios.workspace.api.calls import OWNER, Answer, Asked, TheKernel, new_router, problems
from aios.workspace.api.cases import CaseOut

router = new_router("contacts")


class AliasOut(Answer):
    """What leads to a contact: a mail address, a phone number, a domain, another name."""

    kind: str
    value: str


class ContactOut(Answer):
    """A person or organisation, with every contact that is merged into it."""

    id: str
    kind: str
    name: str
    organisation_id: str
    organisation: str
    language: str
    note: str
    created_at: str
    forgotten_at: str | None
    aliases: list[AliasOut]
    merged_from: list[str]


class RememberedOut(Answer):
    """A memory item that was believed and valid."""

    item_id: str
    kind: str
    title: str
    text: str
    source: str
    valid_from: str
    valid_to: str
    added_at: str


class OpenDecisionOut(Answer):
    """A decision that waited for the owner."""

    id: str
    kind: str
    case_id: str | None
    step: str
    title: str
    opened_at: str
    expires_at: str


class KnownOut(Answer):
    """What was known at a moment, after the event at `position`."""

    at: str
    position: int
    contact: ContactOut
    memory: list[RememberedOut]
    cases: list[CaseOut]
    decisions: list[OpenDecisionOut]


class PlanOut(Answer):
    """What forgetting a contact would remove. `mentions` and `files` speak of it and stay, for the owner to look at.

    `under_way` are the effects that must be settled first, `withdrawn` those that will not go out.
    """

    contact_id: str
    name: str
    counts: dict[str, int]
    cases: list[str]
    open_decisions: int
    withdrawn: list[str]
    under_way: list[str]
    mentions: list[str]
    files: list[str]


class ForgottenOut(Answer):
    """What was removed, as the event `certificate` says. `mentions` and `files` speak of the contact and stayed.

    `finished` says whether files, indexes and free pages are clean too; `notice` says why not, and what to do.
    """

    contact_id: str
    certificate: str
    counts: dict[str, int]
    mentions: list[str]
    files: list[str]
    finished: bool
    notice: str


class SummaryOut(Answer):
    """What happened so far in a contact's closed cases; `source_events` are those that it rests on."""

    item_id: str
    version: int
    text: str
    source_events: list[str]
    added_at: str


class SoFarOut(Answer):
    """The newest summary; null where none was made yet."""

    summary: SummaryOut | None


@router.get("/contacts/{contact_id}/summary", summary="What happened so far", responses=problems(404, 422))
def read_summary(kernel: TheKernel, contact_id: str) -> SoFarOut:
    """The summary of their closed cases, which hygiene makes anew each night."""
    with kernel.database.read() as connection:
        item = kernel.summaries.of(connection, contact_id)
    return SoFarOut(summary=SummaryOut.model_validate(kernel.memory.show(item.item_id)) if item else None)


class ContactCorrectionIn(Asked):
    """What is right: only what is not empty changes; addresses and numbers are added."""

    name: str = Field("", max_length=200)
    note: str = Field("", max_length=5000)
    emails: list[str] = Field(default_factory=list, max_length=20)
    phones: list[str] = Field(default_factory=list, max_length=20)


class CorrectedOut(Answer):
    """`case_id` is the case that writes it into the address book; empty where there is none."""

    case_id: str


@router.post("/contacts/{contact_id}/correct", summary="Correct a contact", responses=problems(404, 409, 422))
def correct_contact(kernel: TheKernel, contact_id: str, said: ContactCorrectionIn) -> CorrectedOut:
    """Say what is right about a contact; with an address book, writing it there is proposed to the owner."""
    case_id = kernel.corrections.correct(contact_id, OWNER, said.name, said.note, said.emails, said.phones)
    return CorrectedOut(case_id=case_id)


@router.get("/contacts/{contact_id}/forget", summary="What forgetting would remove", responses=problems(404, 409, 422))
def plan_forgetting(kernel: TheKernel, contact_id: str) -> PlanOut:
    """What would go, what would stay, and what must be settled first. Changes nothing."""
    return PlanOut.model_validate(plan(kernel, contact_id))


@router.post("/contacts/{contact_id}/forget", summary="Forget a contact", responses=problems(404, 409, 422))
def forget_contact(kernel: TheKernel, contact_id: str) -> ForgottenOut:
    """Remove everything personal of the contact, with all that was merged into it. It cannot be taken back."""
    return ForgottenOut.model_validate(forget(kernel, contact_id, actor=OWNER))


@router.get("/contacts/{contact_id}", summary="What is or was known about a contact", responses=problems(404, 422))
def read_contact(
    kernel: TheKernel,
    contact_id: str,
    at: Annotated[str, Query(max_length=40, description="A day (its end counts) or a time; UTC. Empty: now.")] = "",
) -> KnownOut:
    """The contact, what memory held about it, its cases and the decisions open in them."""
    moment = moment_of(at) if at else kernel.clock.now()
    return KnownOut.model_validate(known_at(kernel, contact_id, moment))
