"""A receiver of Standard Webhooks: checks each signature with the standard's own library, and takes each id once."""

import hmac
from collections import Counter
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from tests.peers.http import Answer, HttpPeer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class HookPeer(HttpPeer):
    """The receiver. `answers` are statuses for the next deliveries, which it then does not take."""

    def __init__(self, secret: str = SECRET) -> None:
        self.secret = secret
        self.taken: dict[str, bytes] = {}
        self.tries: Counter[str] = Counter()
        self.unsigned = 0
        self.answers: list[int] = []
        self.location = ""

    def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Take a delivery, or say why not."""
        more = {"Location": self.location} if self.location else {}
        return self.receive(headers, body), {"Retry-After": "7", **more}, b""

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        """The status for a delivery."""
        message, stamp = headers.get("webhook-id", ""), int(headers.get("webhook-timestamp", "0"))
        right = Webhook(self.secret).sign(message, datetime.fromtimestamp(stamp, UTC), body.decode())
        said = headers.get("webhook-signature", "").split()
        if not any(hmac.compare_digest(right, each) for each in said):
            self.unsigned += 1
            return 401
        self.tries[message] += 1
        if self.answers:
            return self.answers.pop(0)
        self.taken.setdefault(message, body)
        return 204
