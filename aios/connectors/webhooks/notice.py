"""A webhook on its way out: what is said, under an id that never changes, and how it is signed."""

import base64
import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from aios.connectors.mail.address import one_line
from aios.errors import HardFailure
from aios.ids import canonical_json, digest

LARGEST = 200_000
"""Characters of a body; the standard advises far less."""

SHORTEST, LONGEST = 24, 64
"""Bytes of a secret."""


def _small(data: dict[str, Any]) -> dict[str, Any]:
    try:
        length = len(json.dumps(data, allow_nan=False))
    except (ValueError, TypeError, RecursionError):
        raise ValueError("it is no JSON") from None
    if length > LARGEST:
        raise ValueError(f"it is longer than {LARGEST} characters")
    return data


class Notice(BaseModel):
    """Something that has happened, for another program. `happened_at` is when, and not when it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(one_line)] = Field(min_length=1, max_length=2000)
    type: str = Field(max_length=100, pattern=r"^[a-z0-9_]+(?:\.[a-z0-9_]+)*$")
    happened_at: AwareDatetime
    data: Annotated[dict[str, Any], AfterValidator(_small)]

    def body(self) -> bytes:
        """The same bytes for every try."""
        said = {"type": self.type, "timestamp": self.happened_at.isoformat(), "data": self.data}
        return canonical_json(said).encode("utf-8", "replace")


class NoticeReceipt(BaseModel):
    """That the other program took it: the id it knows it by, where it is, and what it answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    host: str
    status: int = 0
    file: str = ""


def id_of(key: str) -> str:
    """The `webhook-id` of an effect: the same for every try, so that a receiver knows what it has."""
    return f"msg_{digest(f'webhook {key}')[:32]}"


def headers_of(key: str, body: bytes, secret: SecretStr | None, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks. Each of several secrets signs: a receiver may have the old one or the new."""
    from standardwebhooks.webhooks import Webhook

    secrets = secret.get_secret_value().split() if secret else []
    if not secrets:
        raise HardFailure("There is no secret to sign webhooks with.", HOW)
    signatures = [Webhook(_key_of(each)).sign(id_of(key), now, body.decode()) for each in secrets]
    return {
        "webhook-id": id_of(key),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
    }


def _key_of(secret: str) -> bytes:
    """The bytes of a secret; between 24 and 64 of them, as the standard asks."""
    text = secret.removeprefix("whsec_")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        key = b""
    if not SHORTEST <= len(key) <= LONGEST:
        raise HardFailure("AIOS_WEBHOOK_SIGNING_SECRET is no secret of Standard Webhooks.", HOW)
    return key


HOW = "Set AIOS_WEBHOOK_SIGNING_SECRET to whsec_ and 24 to 64 random bytes in base64."
