"""Cases: the list, and one case with everything that happened in it."""

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from aios.cases.process import PROCESSES
from aios.effects import rollback_plan
from aios.workspace.reading import case
from aios.workspace.rendering import fragment, page
from aios.workspace.routes.pages import OWNER, TheKernel, go, new_router

router = new_router()
STATUSES = ("open", "waiting", "failed", "closed")


@router.get("/cases")
def show_list(request: Request, kernel: TheKernel, status: str = "", process: str = "", q: str = "") -> Response:
    """The list, narrowed by status, process and words."""
    with kernel.database.read() as connection:
        found = kernel.cases.list(connection, status=status, process=process, q=q.strip())
        counts = kernel.cases.counts(connection)
    given = {"status": status, "process": process, "q": q}
    return page(
        request, "cases.html", cases=found, counts=counts, given=given, statuses=STATUSES, processes=tuple(PROCESSES)
    )


@router.get("/live/cases")
def live_list(request: Request, kernel: TheKernel, status: str = "", process: str = "", q: str = "") -> Response:
    """The rows alone."""
    with kernel.database.read() as connection:
        found = kernel.cases.list(connection, status=status, process=process, q=q.strip())
    return fragment(request, "case_rows.html", cases=found, given={"status": status, "process": process, "q": q})


@router.get("/cases/{case_id}")
def show_one(request: Request, kernel: TheKernel, case_id: str) -> Response:
    """One case."""
    with kernel.database.read() as connection:
        return page(request, "case.html", found=case.read(kernel, connection, case_id))


@router.get("/cases/{case_id}/rollback")
def plan_rollback(request: Request, kernel: TheKernel, case_id: str) -> Response:
    """What a rollback would do, before it is started."""
    return page(request, "rollback.html", plan=rollback_plan.read(kernel.rollback, case_id))


@router.post("/cases/{case_id}/rollback")
def roll_back(kernel: TheKernel, case_id: str) -> Response:
    """Start it."""
    kernel.rollback.start(case_id, OWNER)
    return go(f"/cases/{case_id}")


@router.get("/live/cases/{case_id}")
def live_one(request: Request, kernel: TheKernel, case_id: str) -> Response:
    """The part of the case's page that changes."""
    with kernel.database.read() as connection:
        return fragment(request, "case_live.html", found=case.read(kernel, connection, case_id))


@router.post("/cases/{case_id}/pause")
def pause(kernel: TheKernel, case_id: str, reason: Annotated[str, Form()] = "") -> Response:
    """Hold it."""
    kernel.cases.pause(case_id, actor=OWNER, reason=reason.strip())
    return go(f"/cases/{case_id}")


@router.post("/cases/{case_id}/resume")
def resume(kernel: TheKernel, case_id: str) -> Response:
    """Let it go on."""
    kernel.cases.resume(case_id, actor=OWNER)
    return go(f"/cases/{case_id}")


@router.post("/cases/{case_id}/retry")
def retry(kernel: TheKernel, case_id: str, step: Annotated[str, Form()] = "") -> Response:
    """Run it again from a step."""
    kernel.cases.retry(case_id, actor=OWNER, step=step)
    return go(f"/cases/{case_id}")


@router.post("/cases/{case_id}/cancel")
def cancel(kernel: TheKernel, case_id: str) -> Response:
    """End it; nothing more of it goes out."""
    kernel.answers.cancel_case(case_id, OWNER)
    return go(f"/cases/{case_id}")
