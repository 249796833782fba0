"""Decisions: the owner's queue."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Form, Request
from starlette.responses import Response

from aios.decisions.decisions import Verdict
from aios.errors import AiosError, Conflict, InvalidInput
from aios.kernel import Kernel
from aios.workspace.problem import status_of
from aios.workspace.reading import outbox, queue
from aios.workspace.rendering import fragment, page
from aios.workspace.routes.download import attachment
from aios.workspace.routes.pages import OWNER, TheKernel, go, new_router

router = new_router()


@router.get("/decisions")
def show_queue(request: Request, kernel: TheKernel, view: str = "open", done: str = "") -> Response:
    """The queue, its first decision opened beside it."""
    with kernel.database.read() as connection:
        listed = queue.read_list(kernel, connection, view if view in queue.VIEWS else "open")
    first = listed[0].id if listed else ""
    return _page(request, kernel, first, view=view if view in queue.VIEWS else "open", done=done)


@router.get("/decisions/{decision_id}")
def show_one(request: Request, kernel: TheKernel, decision_id: str, done: str = "") -> Response:
    """One decision opened, with the list it is in."""
    return _page(request, kernel, decision_id, done=done, chosen=True)


@router.get("/decisions/{decision_id}/files/{number}")
def download(kernel: TheKernel, decision_id: str, number: int) -> Response:
    """A file that would go out with the mail that is asked about."""
    with kernel.database.read() as connection:
        shown = kernel.decisions.shown(connection, kernel.decisions.get(connection, decision_id))
        return attachment(*outbox.attached(connection, shown.proposal, number))


@router.get("/live/decisions")
def live(request: Request, kernel: TheKernel, view: str = "open", at: str = "") -> Response:
    """The list alone."""
    with kernel.database.read() as connection:
        listed = queue.read_list(kernel, connection, view)
    return fragment(request, "queue_list.html", listed=listed, view=view, at=at)


@router.get("/live/decisions/{decision_id}/state")
def state(request: Request, kernel: TheKernel, decision_id: str, version: int) -> Response:
    """A notice where the decision on the page is no longer as it was shown."""
    with kernel.database.read() as connection:
        decision = kernel.decisions.get(connection, decision_id)
    return fragment(request, "decision_state.html", decision=decision, version=version)


@router.post("/decisions/{decision_id}")
async def answer(request: Request, kernel: TheKernel, decision_id: str) -> Response:
    """Approve, edit, reject or revise; the next decision is shown afterwards."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    return await _in_thread(_answer, request, kernel, decision_id, form)


@router.post("/decisions/{decision_id}/snooze")
def snooze(
    kernel: TheKernel, decision_id: str, version: Annotated[int, Form()], hours: Annotated[float, Form(gt=0, le=720)]
) -> Response:
    """Look at it later."""
    following = _following(kernel, decision_id)
    kernel.decisions.snooze(decision_id, version, kernel.clock.now() + timedelta(hours=hours), OWNER)
    return go(f"/decisions/{following}" if following else "/decisions", done=decision_id)


def _answer(request: Request, kernel: Kernel, decision_id: str, form: dict[str, str]) -> Response:
    following = _following(kernel, decision_id)
    try:
        verdict, version = _verdict(form), _version(form)
        edits = _edits(kernel, decision_id, form) if verdict == "edit" else None
        kernel.answers.give(decision_id, verdict, version, actor=OWNER, note=form.get("note", "").strip(), edits=edits)
    except (Conflict, InvalidInput) as problem:
        return _page(request, kernel, decision_id, problem=problem, chosen=True, form=form)
    return go(f"/decisions/{following}" if following else "/decisions", done=decision_id)


def _page(
    request: Request,
    kernel: Kernel,
    decision_id: str,
    *,
    view: str = "",
    done: str = "",
    chosen: bool = False,
    problem: AiosError | None = None,
    form: dict[str, str] | None = None,
) -> Response:
    with kernel.database.read() as connection:
        opened = queue.read_one(kernel, connection, decision_id) if decision_id else None
        view = view or (queue.view_of(kernel, opened.decision) if opened else "open")
        before = queue.read_one(kernel, connection, done) if done else None
        return page(
            request,
            "decisions.html",
            status=status_of(problem) if problem else 200,
            view=view,
            at=decision_id,
            listed=queue.read_list(kernel, connection, view),
            opened=opened,
            done=before,
            undoable=bool(before and before.effect and outbox.in_window(kernel, before.effect)),
            chosen=chosen,
            problem=problem,
            form=form or {},
        )


def _following(kernel: Kernel, decision_id: str) -> str:
    with kernel.database.read() as connection:
        return queue.after(queue.read_list(kernel, connection, "open"), decision_id)


def _verdict(form: dict[str, str]) -> Verdict:
    given = form.get("verdict", "")
    if given not in ("approve", "edit", "reject", "revise"):
        raise InvalidInput("That is no answer.", "Approve, edit, reject or revise it.")
    return given


def _version(form: dict[str, str]) -> int:
    if not form.get("version", "").isdecimal():
        raise InvalidInput("The page is out of date.", "Reload it and answer again.")
    return int(form["version"])


def _edits(kernel: Kernel, decision_id: str, form: dict[str, str]) -> dict[str, Any]:
    """The fields that the owner changed; lists are written with commas, line ends are the browser's."""
    with kernel.database.read() as connection:
        shown = kernel.decisions.shown(connection, kernel.decisions.get(connection, decision_id))
    edits: dict[str, Any] = {}
    for name in shown.editable:
        if f"edit_{name}" not in form:
            continue
        text, before = form[f"edit_{name}"].replace("\r\n", "\n"), shown.proposal.get(name)
        value = [part.strip() for part in text.split(",") if part.strip()] if isinstance(before, list) else text
        if value != before:
            edits[name] = value
    return edits


async def _in_thread(function: Any, *args: Any) -> Response:
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(function, *args)
