"""Books: the invoices that came in, what stands on each account, and the newest entries."""

from fastapi import Request
from starlette.responses import Response

from aios.books.exports import number_of
from aios.workspace.rendering import page
from aios.workspace.routes.pages import TheKernel, new_router

router = new_router()

INVOICES, ENTRIES = 50, 50
"""The newest ones that the page shows; the commands list all."""


@router.get("/books")
def show(request: Request, kernel: TheKernel) -> Response:
    """The books as they stand."""
    with kernel.database.read() as connection:
        return page(
            request,
            "books.html",
            received=kernel.billing.received.newest(connection, limit=INVOICES),
            issued=kernel.billing.issued.newest(connection, limit=INVOICES),
            balances=kernel.books.balances(connection),
            entries=[(number_of(each), each) for each in reversed(kernel.books.entries(connection, limit=ENTRIES))],
            problems=kernel.books.problems(connection),
            chart=kernel.books.chart,
        )
