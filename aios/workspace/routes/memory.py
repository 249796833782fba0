"""Memory: search it as one types, and one item with its reasons, its influence, and the ways to put it right."""

from typing import Annotated

from fastapi import Depends, File, Form, Query, Request, UploadFile
from starlette.responses import Response

from aios.errors import AiosError
from aios.workspace.reading import growth, memory
from aios.workspace.reading import item as reading
from aios.workspace.rendering import fragment, page
from aios.workspace.routes.pages import OWNER, TheKernel, go, new_router

router = new_router()


def _wanted(
    q: Annotated[str, Query(max_length=2000)] = "",
    kind: str = "",
    about: str = "",
    at: str = "",
    known_at: str = "",
    source: str = "",
    closed: bool = False,
) -> memory.Wanted:
    return memory.Wanted(q.strip(), kind, about, at.strip(), known_at.strip(), source, closed)


Given = Annotated[memory.Wanted, Depends(_wanted)]


@router.get("/memory")
def show(request: Request, kernel: TheKernel, wanted: Given) -> Response:
    """The page."""
    found, problem = _find(kernel, wanted)
    with kernel.database.read() as connection:
        around = memory.read(connection)
    status = 422 if problem else 200
    return page(request, "memory.html", status=status, around=around, found=found, wanted=wanted, problem=problem)


@router.get("/live/memory")
def live(request: Request, kernel: TheKernel, wanted: Given) -> Response:
    """What fits, alone."""
    found, problem = _find(kernel, wanted)
    return fragment(request, "memory_found.html", found=found, wanted=wanted, problem=problem)


@router.get("/live/memory/growth")
def show_growth(request: Request, kernel: TheKernel) -> Response:
    """How memory has grown, alone: counting takes a moment that the page need not wait for."""
    return fragment(request, "growth.html", found=growth.read(kernel))


@router.post("/memory")
def add(
    kernel: TheKernel,
    text: Annotated[str, Form(max_length=100_000)],
    title: Annotated[str, Form(max_length=300)] = "",
    about: Annotated[str, Form()] = "business",
) -> Response:
    """Remember a note about the business or a contact."""
    with kernel.database.read() as connection:
        subject = about if about == "business" else kernel.contacts.canonical(connection, about)
    short = title.strip() or " ".join(text.split())[:80]
    return go(f"/memory/{kernel.memory.add(kind='note', title=short, text=text, subject=subject)}")


@router.post("/memory/documents")
def learn(request: Request, kernel: TheKernel, files: Annotated[list[UploadFile], File()]) -> Response:
    """Learn documents; what each came to is shown."""
    results = [kernel.memory.ingest_document(file.filename or "document", file.file.read()) for file in files]
    answer = fragment(request, "memory_learned.html", results=results)
    answer.headers["HX-Trigger"] = "changed"
    return answer


@router.get("/memory/{item_id}")
def show_item(
    request: Request,
    kernel: TheKernel,
    item_id: str,
    before: Annotated[int, Query(ge=0)] = 0,
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """One item; its influence goes on `before` a position, what rests on it `after` one."""
    found = reading.read(kernel, item_id, before, after)
    return page(request, "memory_item.html", found=found, before=before, after=after)


@router.post("/memory/{item_id}/correct")
def correct(
    kernel: TheKernel,
    item_id: str,
    text: Annotated[str, Form(max_length=100_000)],
    reason: Annotated[str, Form(max_length=500)],
    title: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Believe something else instead; the old version's page says what rests on it."""
    kernel.memory.correct(item_id, text=text, title=title.strip(), reason=reason.strip(), actor=OWNER)
    return go(f"/memory/{item_id}")


@router.post("/memory/{item_id}/retract")
def retract(kernel: TheKernel, item_id: str, reason: Annotated[str, Form(max_length=500)]) -> Response:
    """No longer believe it; its page then says what rests on it."""
    kernel.memory.retract(item_id, reason.strip(), OWNER)
    return go(f"/memory/{item_id}")


@router.post("/memory/{item_id}/repair")
def repair(kernel: TheKernel, item_id: str) -> Response:
    """Run again the open cases that rest on it."""
    kernel.links.repair(item_id, actor=OWNER)
    return go(f"/memory/{item_id}")


def _find(kernel: TheKernel, wanted: memory.Wanted) -> tuple[memory.Listing, AiosError | None]:
    try:
        return memory.find(kernel, wanted), None
    except AiosError as problem:  # half a date, while it is typed
        return memory.Listing(None, (), 0, {}), problem
