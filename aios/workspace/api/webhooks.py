"""Webhooks: other programs tell us what happened, signed by their own scheme."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from aios.connectors.incoming import Problem
from aios.connectors.webhooks.incoming import verified
from aios.errors import InvalidInput
from aios.workspace.api.calls import TheKernel, new_router, problems
from aios.workspace.api.events import EventTaken
from aios.workspace.problem import from_error

router = new_router("webhooks")


async def _raw(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/webhooks/{source}",
    status_code=202,
    summary="Deliver a webhook",
    response_model=EventTaken,
    responses={
        200: {"model": EventTaken, "description": "It was known already: the same ids."},
        **problems(401, 404, 422),
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}, "required": True}},
)
def deliver(
    source: str, request: Request, body: Annotated[bytes, Depends(_raw)], response: Response, kernel: TheKernel
) -> Any:
    """Take it in, once. `stripe` is signed by Stripe's scheme, any other source by Standard Webhooks or plain HMAC."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        receipt = kernel.intake.receive_webhook(verified(source, headers, body, kernel.settings))
    except InvalidInput as error:  # its signature was right, so somebody meant to tell us something
        name = f"webhook {source[:40]}"
        kept = kernel.intake.refuse(
            Problem(name, error.message, error.remedy, body, "application/octet-stream", len(body))
        )
        return from_error(error, {"event_id": kept.event_id, "position": kept.position, "quarantined": True})
    if receipt.quarantined:
        error = InvalidInput(receipt.reason, receipt.remedy)
        return from_error(error, {"event_id": receipt.event_id, "position": receipt.position, "quarantined": True})
    response.status_code = 200 if receipt.duplicate else 202
    return EventTaken.model_validate(receipt)
