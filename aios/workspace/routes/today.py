"""Today, and the way in for a file that is dropped on it."""

from typing import Annotated

from fastapi import File, Request, UploadFile
from starlette.responses import Response

from aios.workspace.reading import today
from aios.workspace.rendering import fragment, page
from aios.workspace.routes.pages import TheKernel, new_router

router = new_router()


@router.get("/")
def show(request: Request, kernel: TheKernel) -> Response:
    """The page."""
    with kernel.database.read() as connection:
        return page(request, "today.html", today=today.read(kernel, connection))


@router.get("/live/today")
def live(request: Request, kernel: TheKernel) -> Response:
    """The part of the page that changes."""
    with kernel.database.read() as connection:
        return fragment(request, "today_live.html", today=today.read(kernel, connection))


@router.post("/upload")
def upload(request: Request, kernel: TheKernel, files: Annotated[list[UploadFile], File()]) -> Response:
    """Take in dropped files; what each came to is shown."""
    receipts = [
        receipt
        for file in files
        for receipt in kernel.intake.receive_file(file.filename or "dropped file", file.file.read())
    ]
    answer = fragment(request, "receipts.html", receipts=receipts)
    answer.headers["HX-Trigger"] = "changed"
    return answer
