"""Contacts: the list, and one contact with what leads to it, its cases and its merges."""

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from aios.forgetting.forgetting import forget, plan
from aios.workspace.reading import contact
from aios.workspace.rendering import page
from aios.workspace.routes.pages import OWNER, TheKernel, go, new_router

router = new_router()


@router.get("/contacts")
def show_list(request: Request, kernel: TheKernel, q: str = "", kind: str = "") -> Response:
    """The list, narrowed by words and kind."""
    with kernel.database.read() as connection:
        found = kernel.contacts.list(connection, q=q.strip(), kind=kind)
    return page(request, "contacts.html", contacts=found, given={"q": q, "kind": kind})


@router.get("/contacts/{contact_id}")
def show_one(request: Request, kernel: TheKernel, contact_id: str, find: str = "", at: str = "") -> Response:
    """One contact; `find` looks for another one to merge into it, `at` also shows what was known then."""
    with kernel.database.read() as connection:
        canonical = kernel.contacts.canonical(connection, contact_id)
        if canonical != contact_id:
            return go(f"/contacts/{canonical}")
        found = contact.read(kernel, connection, contact_id, find.strip())
    if at:
        found = contact.as_known(kernel, found, at.strip())
    return page(request, "contact.html", found=found, find=find, at=at)


@router.post("/contacts/{contact_id}/merge")
def merge(
    kernel: TheKernel, contact_id: str, merged: Annotated[str, Form()], reason: Annotated[str, Form()] = ""
) -> Response:
    """The other contact is this one from now on."""
    kept = kernel.contacts.merge(contact_id, merged, reason.strip() or "the owner says so", OWNER)
    return go(f"/contacts/{kept}")


@router.post("/contacts/{contact_id}/unmerge")
def unmerge(
    kernel: TheKernel, contact_id: str, merged: Annotated[str, Form()], reason: Annotated[str, Form()] = ""
) -> Response:
    """The merge was wrong."""
    kept = kernel.contacts.unmerge(merged, reason.strip(), OWNER)
    return go(f"/contacts/{kept or contact_id}")


@router.post("/contacts/{contact_id}/correct")
def correct(
    kernel: TheKernel,
    contact_id: str,
    name: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    phone: Annotated[str, Form()] = "",
) -> Response:
    """The owner knows better; with an address book, writing it there becomes a case."""
    emails, phones = (tuple(filter(None, [each.strip()])) for each in (email, phone))
    kernel.corrections.correct(contact_id, OWNER, name, note, emails, phones)
    return go(f"/contacts/{contact_id}")


@router.get("/contacts/{contact_id}/forget")
def show_forgetting(request: Request, kernel: TheKernel, contact_id: str) -> Response:
    """What would go and what would stay, before anything does."""
    return page(request, "forget.html", plan=plan(kernel, contact_id))


@router.post("/contacts/{contact_id}/forget")
def forget_them(request: Request, kernel: TheKernel, contact_id: str) -> Response:
    """Forget the contact; the answer says what went, and what the owner should look at."""
    return page(request, "forgotten.html", done=forget(kernel, contact_id, actor=OWNER))
