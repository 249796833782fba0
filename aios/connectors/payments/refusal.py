"""What a refusal of Stripe's means (docs.stripe.com/error-handling): later, never like this, or not this customer."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from aios.connectors.mail.address import one_line
from aios.connectors.web import Reply, Web
from aios.errors import AiosError, BusinessFailure, HardFailure, SoftFailure

LOCKED = "lock_timeout"
"""Somebody else is changing the same thing."""

BUSINESS = frozenset(
    "amount_too_large amount_too_small balance_insufficient bank_account_declined charge_already_refunded"
    " charge_disputed charge_exceeds_source_limit charge_exceeds_transaction_limit charge_expired_for_capture"
    " customer_tax_location_invalid invoice_no_payment_method_types insufficient_funds"
    " invoice_upcoming_none refund_disputed_payment".split()
)
"""Codes by which Stripe works, and says no to this one payment."""

DECLINED = {
    "expired_card": "Ask the customer for another card.",
    "insufficient_funds": "Try again later, or ask the customer for another means of payment.",
    "authentication_required": "Send the customer the invoice's own page, to confirm the payment there.",
    "lost_card": "Ask the customer for another card.",
    "stolen_card": "Ask the customer for another card.",
}
"""What to do about a declined card, by its code (docs.stripe.com/declines/codes)."""

WEB_KNOWS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


def refusal_of(web: Web, method: str, reply: Reply) -> AiosError:
    """The failure that the answer to a request of that method is."""
    said = _error(reply.body)
    code = str(said.get("decline_code") or said.get("code") or "")
    message = one_line(str(said.get("message") or ""))[:300].rstrip(".")
    if code == LOCKED or reply.status == HTTPStatus.CONFLICT:
        return SoftFailure("Stripe is still busy with the same thing.", "It is tried again later.")
    if reply.status in WEB_KNOWS or reply.status >= 500 or reply.status < 400:
        return web.refusal(method, reply)
    if said.get("type") == "card_error" or reply.status == HTTPStatus.PAYMENT_REQUIRED:
        remedy = DECLINED.get(code, "Ask the customer for another means of payment.")
        return BusinessFailure(f"The payment was declined: {message or code}.", remedy)
    if code in BUSINESS:
        return BusinessFailure(f"Stripe says no: {message or code}.", "Look at the payment in Stripe.")
    where = f" ({said['param']})" if said.get("param") else ""
    return HardFailure(f"Stripe does not take it: {message or reply.status}{where}.", "Correct it in the decision.")


def _error(body: bytes) -> Mapping[str, Any]:
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error: Any = cast(Mapping[str, Any], said).get("error") if isinstance(said, dict) else None
    return cast(Mapping[str, Any], error) if isinstance(error, dict) else {}
