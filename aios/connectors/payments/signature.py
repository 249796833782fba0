"""The signature of a Stripe webhook, checked by Stripe's own SDK."""

from collections.abc import Mapping
from typing import Any

from aios.errors import Unsigned

TOLERANCE = 300
"""Seconds that a signature is good for; Stripe's own default."""


def check(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    """Return where the signature is right and fresh; `Unsigned` otherwise."""
    from stripe import SignatureVerificationError, WebhookSignature  # 1.3 s, which only who uses Stripe should pay

    verify: Any = WebhookSignature.verify_header  # pyright: ignore  # its last argument has no type
    try:
        verify(body, headers.get("stripe-signature"), secret, TOLERANCE)
    except (SignatureVerificationError, ValueError) as error:
        raise Unsigned("The signature is missing, wrong or too old.", "Check STRIPE_WEBHOOK_SECRET.") from error
