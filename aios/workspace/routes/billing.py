"""Billing: open items, what will come in, revenue and VAT; and an invoice of our own with its history and files."""

from fastapi import Request
from starlette.responses import Response

from aios.workspace.reading import billing, issued
from aios.workspace.rendering import fragment, page
from aios.workspace.routes.download import attachment
from aios.workspace.routes.pages import TheKernel, new_router

router = new_router()


@router.get("/billing")
def show(request: Request, kernel: TheKernel, view: str = "all") -> Response:
    """The figures as of today."""
    with kernel.database.read() as connection:
        return page(request, "billing.html", found=billing.read(kernel, connection, view))


@router.get("/live/billing")
def live(request: Request, kernel: TheKernel, view: str = "all") -> Response:
    """The open items alone."""
    with kernel.database.read() as connection:
        return fragment(request, "billing_items.html", found=billing.read(kernel, connection, view))


@router.get("/billing/{name}")
def show_invoice(request: Request, kernel: TheKernel, name: str) -> Response:
    """An invoice of our own, and what became of it."""
    with kernel.database.read() as connection:
        return page(request, "billing_invoice.html", found=issued.read(kernel, connection, name))


@router.get("/billing/{name}/{form}")
def download(kernel: TheKernel, name: str, form: issued.Form) -> Response:
    """The invoice as it was issued: `pdf`, `ubl` or `cii`."""
    with kernel.database.read() as connection:
        return attachment(*issued.file(kernel, connection, name, form))
