"""Raw mails made for tests."""

from email.message import EmailMessage
from typing import Any


def raw_mail(text: str = "We would like a new website, please send an offer.", **headers: Any) -> bytes:
    """A plain mail; keyword arguments are headers, with `_` for `-`; None leaves one out."""
    message = EmailMessage()
    defaults: dict[str, Any] = {
        "from": "Mira Halvorsen <mira@kaffeekontor.example>",
        "to": "hello@nordlicht.example",
        "subject": "New website",
        "message_id": "<q1@kaffeekontor.example>",
        "date": "Mon, 02 Nov 2026 09:00:00 +0100",
    }
    for name, value in (defaults | headers).items():
        if value is not None:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()
