"""A correction: the draft of a mail that follows one which was sent and should not have been. The owner finishes it."""

import re
from typing import Any

EXCERPT = 1500
"""Characters of the mail that are quoted under the correction."""

_PREFIX = re.compile(r"^(?:(?:re|aw|fwd?|wg)\s*:\s*)+", re.IGNORECASE)
_GERMAN = re.compile(r"\b(?:und|Sie|nicht|Ihre?[nmrs]?|freundlichen|Grüße[n]?)\b")

_ENGLISH_WORDS = (
    "Correction",
    "please disregard my mail below; it was sent in error. I apologise for the confusion.",
    "Hello,",
)
_GERMAN_WORDS = (
    "Korrektur",
    "bitte betrachten Sie meine Mail unten als gegenstandslos; sie ging versehentlich hinaus. "
    "Ich bitte um Entschuldigung.",
    "Guten Tag,",
)


def correction(request: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    """A mail to the same people, in the same thread, that takes back what the first one said, and quotes it."""
    text = str(request["text"])
    title, takes_back, hello = _GERMAN_WORDS if len(_GERMAN.findall(text)) > 1 else _ENGLISH_WORDS
    subject = _PREFIX.sub("", str(request.get("subject", "")))
    message_id = str(receipt.get("message_id", ""))
    before = [*request.get("references", ()), *filter(None, [request.get("in_reply_to", "")])]
    return {
        "to": list(request["to"]),
        "subject": f"{title}: {subject}" if subject else title,
        "text": f"{hello}\n\n{takes_back}\n\n{request.get('from_name', '')}\n\n{_quoted(text)}".strip(),
        "in_reply_to": message_id,
        "references": [*dict.fromkeys(before), *filter(None, [message_id])],
        "from_name": request.get("from_name", ""),
    }


def _quoted(text: str) -> str:
    shown = text[:EXCERPT] + (" …" if len(text) > EXCERPT else "")
    return "\n".join(f"> {line}".rstrip() for line in shown.splitlines())
