"""A webhook on its way in: whose signature it carries, and what it says once that is known to be right.

Three schemes: Stripe's own, Standard Webhooks (https://www.standardwebhooks.com), and a plain HMAC-SHA256 of the body
in `X-Signature-256` or `X-Hub-Signature-256`. The first two say when they were signed, and are good for five minutes;
the last is told from a replay by its body alone.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from aios.connectors.payments import signature
from aios.credentials.credentials import Credentials
from aios.errors import InvalidInput, NotFound, Unsigned
from aios.ids import digest_bytes
from aios.settings import Settings
from aios.text import clean

STRIPE = "stripe"
SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PLAIN_HEADERS = ("x-signature-256", "x-hub-signature-256")


@dataclass(frozen=True)
class Delivery:
    """A webhook whose signature was right. `id` is the sender's own for it, so that a repeat is recognised.

    `kind` is what it says has happened ("" where it does not say), `data` what it says about that.
    """

    source: str
    id: str
    kind: str
    data: dict[str, Any] = field(repr=False)
    body: bytes = field(repr=False)


def verified(source: str, headers: Mapping[str, str], body: bytes, settings: Settings) -> Delivery:
    """The delivery; `Unsigned` where its signature is not right, `InvalidInput` where what is signed cannot be read.

    `headers` are named in lower case. A setting may hold several secrets, separated by blanks, while one is renewed.
    """
    if not SOURCE.fullmatch(source):
        raise NotFound("A webhook's source has small letters, digits, - and _ only.", "Use another address for it.")
    if source == STRIPE:
        _any_fits(_secrets("STRIPE_WEBHOOK_SECRET", settings), _stripe, headers, body)
        return delivery_of(source, "", body)
    secrets = _secrets("AIOS_WEBHOOK_SECRET", settings)
    if "webhook-signature" in headers:
        _any_fits(secrets, _standard, headers, body)
        return delivery_of(source, headers["webhook-id"], body)
    _any_fits(secrets, _plain, headers, body)
    return delivery_of(source, digest_bytes(body), body)


def _secrets(name: str, settings: Settings) -> list[str]:
    setting = Credentials(settings).find(name)
    found = setting.get_secret_value().split() if setting else []
    if not found:
        raise Unsigned("There is no secret to check the signature with.", f"Set {name}.")
    return found


def _any_fits(secrets: Iterable[str], check: Any, headers: Mapping[str, str], body: bytes) -> None:
    refused: Unsigned | None = None
    for secret in secrets:
        try:
            check(headers, body, secret)
        except Unsigned as error:
            refused = error
        else:
            return
    raise refused or Unsigned("The signature is missing.")


def _stripe(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    signature.check(headers, body, secret)


def _standard(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError

    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise Unsigned("The signature is missing, wrong or too old.", "Check AIOS_WEBHOOK_SECRET.") from error


def _plain(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    said = next((headers[name] for name in _PLAIN_HEADERS if name in headers), "").removeprefix("sha256=").lower()
    right = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(said.encode(), right.encode()):
        raise Unsigned("The signature is missing or wrong.", "Sign the body with AIOS_WEBHOOK_SECRET by HMAC-SHA256.")


def delivery_of(source: str, delivery_id: str, body: bytes) -> Delivery:
    """What a body says whose sender is known; `InvalidInput` where it cannot be read."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("The webhook's body is no JSON that can be read.", "Send JSON.") from None
    if not isinstance(said, dict):
        raise InvalidInput("The webhook's body is no JSON object.", "Send an object with type and data.")
    told = cast(dict[str, Any], said)
    data: Any = told.get("data", told.get("payload", {}))
    found = clean(str(delivery_id or told.get("id") or digest_bytes(body)), 300)
    kind = clean(str(told.get("type") or ""), 100)
    return Delivery(source, found, kind, cast(dict[str, Any], data) if isinstance(data, dict) else {}, body)
