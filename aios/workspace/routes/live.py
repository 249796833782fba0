"""The pulse: a tiny question every few seconds; only when the log has moved do fragments read again."""

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from aios.workspace.reading import frame
from aios.workspace.rendering import fragment
from aios.workspace.routes.pages import TheKernel, new_router

router = new_router()


@router.get("/pulse")
def pulse(request: Request, kernel: TheKernel, seen: int = 0) -> Response:
    """204 while nothing has happened since `seen`; then the next pulse, with the event `changed`."""
    with kernel.database.read() as connection:
        if kernel.log.head(connection) == seen:
            return Response(status_code=204)
        around = frame.read(kernel, connection)
    answer = fragment(request, "pulse.html", frame=around)
    answer.headers["HX-Trigger"] = "changed"
    return answer


@router.get("/alive")
def alive() -> Response:
    """Whether the server answers; needs no sign-in and says nothing else."""
    return PlainTextResponse("ok")
