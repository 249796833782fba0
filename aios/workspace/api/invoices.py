"""Invoices: take one in as a file, list those that came in, say that one is paid; draft one of ours, list them."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from aios.billing.received import ReceivedInvoice
from aios.books.books import require_day
from aios.errors import InvalidInput
from aios.invoices.draft import InvoiceDraft
from aios.workspace.api.calls import OWNER, Answer, Asked, Limit, TheKernel, new_router, problems
from aios.workspace.api.events import EventTaken
from aios.workspace.problem import from_error

router = new_router("invoices")


class ReceivedOut(Answer):
    """An invoice that came in; sums are minor units. `paid_on` is empty as long as it is not paid."""

    case_id: str
    number: str
    supplier: str
    vat_id: str
    contact_id: str
    issued: str
    due: str
    currency: str
    payable: int
    gross: int
    credit: bool
    ibans: list[str]
    paid_on: str
    paid_by: str


class ReceivedList(Answer):
    """Invoices, the newest first."""

    invoices: list[ReceivedOut]


class IssuedOut(Answer):
    """An invoice of ours, `name` being its number as it is written; sums are minor units."""

    key: str
    name: str
    customer: str
    contact_id: str
    issued: str
    due: str
    currency: str
    net: int
    gross: int
    payable: int
    credit: bool


class IssuedList(Answer):
    """Invoices of ours, the newest first."""

    invoices: list[IssuedOut]


class PaidIn(Asked):
    """The day on which it was paid; today where it is left out."""

    on: str = ""


async def _raw(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/invoices",
    status_code=202,
    summary="Take in an invoice",
    response_model=EventTaken,
    responses={200: {"model": EventTaken, "description": "It was known already: the same ids."}, **problems(422)},
    openapi_extra={
        "requestBody": {
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            "required": True,
        }
    },
)
def take_in(
    body: Annotated[bytes, Depends(_raw)],
    response: Response,
    kernel: TheKernel,
    name: Annotated[str, Query(max_length=200, description="The file's name, ending in .xml, .pdf or .txt.")],
) -> Any:
    """The file's bytes are the body. What is wrong with the invoice shows in its case."""
    receipt = kernel.intake.receive_invoice(name, body, "api")
    if receipt.quarantined:
        error = InvalidInput(receipt.reason, receipt.remedy)
        return from_error(error, {"event_id": receipt.event_id, "position": receipt.position, "quarantined": True})
    response.status_code = 200 if receipt.duplicate else 202
    return EventTaken.model_validate(receipt)


@router.post(
    "/invoices/drafts",
    status_code=202,
    summary="Hand in a draft of an invoice of ours",
    response_model=EventTaken,
    responses={200: {"model": EventTaken, "description": "It was known already: the same ids."}, **problems(422)},
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": InvoiceDraft.model_json_schema()}}}},
)
def draft(
    body: Annotated[bytes, Depends(_raw)],
    response: Response,
    kernel: TheKernel,
    name: Annotated[str, Query(max_length=200, description="What the draft is called.")] = "draft.json",
) -> Any:
    """The owner is asked; then it is issued, booked and sent. YAML, UBL and CII are taken as well."""
    receipt = kernel.intake.receive_draft(name, body, "api")
    response.status_code = 200 if receipt.duplicate else 202
    return EventTaken.model_validate(receipt)


@router.get("/invoices/issued", summary="List invoices of ours", responses=problems(422))
def list_issued(kernel: TheKernel, limit: Limit = 500) -> IssuedList:
    """The register of invoices that we issued."""
    with kernel.database.read() as connection:
        found = kernel.billing.issued.newest(connection, limit)
    return IssuedList(invoices=[IssuedOut.model_validate(vars(each)) for each in found])


@router.get("/invoices", summary="List invoices that came in", responses=problems(422))
def list_received(kernel: TheKernel, unpaid: bool = False, limit: Limit = 500) -> ReceivedList:
    """The register of invoices that came in."""
    with kernel.database.read() as connection:
        found = kernel.billing.received.newest(connection, unpaid=unpaid, limit=limit)
    return ReceivedList(invoices=[_out(each) for each in found])


@router.post("/invoices/{case_id}/paid", summary="Say that an invoice is paid", responses=problems(404, 409, 422))
def mark_paid(kernel: TheKernel, case_id: str, paid: PaidIn) -> ReceivedOut:
    """The owner has paid it by other ways; no transfer is written for it then."""
    day = require_day(paid.on) if paid.on else kernel.clock.now().date().isoformat()
    kernel.billing.mark_paid(case_id, day, actor=OWNER)
    with kernel.database.read() as connection:
        return _out(kernel.billing.received.get(connection, case_id))


def _out(invoice: ReceivedInvoice) -> ReceivedOut:
    return ReceivedOut.model_validate(invoice)
