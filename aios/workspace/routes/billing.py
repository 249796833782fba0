"""Billing: open items, what will come in, revenue and VAT; and an invoice of our own with its history and files."""

from typing import Annotated, Literal

from fastapi import Form, Request
from starlette.responses import Response

from aios.finance.month import Month, require_month
from aios.finance.report import report
from aios.finance.report_forms import as_markdown, as_pdf
from aios.processes.booking_review import corrections, review
from aios.workspace.reading import billing, issued
from aios.workspace.rendering import fragment, page
from aios.workspace.routes.download import attachment
from aios.workspace.routes.pages import TheKernel, go, new_router

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


@router.get("/billing/rerun")
def show_rerun(request: Request, kernel: TheKernel, month: str = "") -> Response:
    """What the rules would book otherwise now for the invoices of a month; last month where none is named."""
    asked = require_month(month) if month else Month.of(kernel.clock.now().date()).back(1)
    with kernel.database.read() as connection:
        return page(request, "billing_rerun.html", month=asked, found=review(kernel, connection, asked))


@router.post("/billing/rerun")
def ask_to_correct(kernel: TheKernel, month: Annotated[str, Form()]) -> Response:
    """Ask for the decision to correct what differs."""
    asked = require_month(month)
    with kernel.database.read() as connection:
        wanted = corrections(kernel, connection, asked)
    return go(f"/decisions/{kernel.rebooking.ask(str(asked), wanted)}")


@router.get("/billing/report/{month}/{form}")
def download_report(kernel: TheKernel, month: str, form: Literal["pdf", "md"]) -> Response:
    """The report of a month, as it stands now."""
    asked, today = require_month(month), kernel.clock.now().date()
    with kernel.database.read() as connection:
        made = report(kernel.finance, connection, asked, today, kernel.settings.aios_business_name)
    return attachment(f"{asked}.{form}", as_pdf(made) if form == "pdf" else as_markdown(made).encode())


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
