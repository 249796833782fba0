"""Contacts: what is known about one, or was at an earlier moment."""

from typing import Annotated

from fastapi import Query

from aios.processes.past import known_at, moment_of
from aios.workspace.api.calls import Answer, TheKernel, new_router, problems
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


@router.get("/contacts/{contact_id}", summary="What is or was known about a contact", responses=problems(404, 422))
def read_contact(
    kernel: TheKernel,
    contact_id: str,
    at: Annotated[str, Query(max_length=40, description="A day (its end counts) or a time; UTC. Empty: now.")] = "",
) -> KnownOut:
    """The contact, what memory held about it, its cases and the decisions open in them."""
    moment = moment_of(at) if at else kernel.clock.now()
    return KnownOut.model_validate(known_at(kernel, contact_id, moment))
