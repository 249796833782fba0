"""What kind of mail the headers say it is: an automatic answer, a bounce, a list, bulk."""

import re
from collections.abc import Mapping, Sequence

Headers = Mapping[str, Sequence[str]]
"""Header values by lower-case name, in order."""

MACHINES = re.compile(r"^(mailer-daemon|postmaster|double-bounce)(@|$)", re.IGNORECASE)
AWAY = re.compile(
    r"^\s*(out of (the )?office"
    r"|automatic reply|auto(matic)?[- ]?(reply|response)|abwesen(d|heit\w*)|automatische antwort"
    r"|réponse automatique|absence du bureau|respuesta automática|risposta automatica|automatisch antwoord|autosvar)\b",
    re.IGNORECASE,
)


def kind_flags(headers: Headers, content_type: str, sender: str, subject: str) -> tuple[str, ...]:
    """`auto_reply`, `auto_generated`, `bounce`, `list`, `bulk`: each where a header says so, or the subject.

    The headers are those of RFC 3834, 3464 and 2919. A notice that a web form sends is `auto_generated`.
    """
    automatic = _first(headers, "auto-submitted").partition(";")[0].strip()
    flags = {
        "auto_reply": automatic == "auto-replied" or _is_auto_reply(headers) or bool(AWAY.match(subject)),
        "auto_generated": automatic not in {"", "no", "auto-replied"},
        "bounce": _is_bounce(headers, content_type, sender),
        "list": any(name in headers for name in ("list-id", "list-post", "list-unsubscribe")),
        "bulk": _first(headers, "precedence") in {"bulk", "junk", "list"},
    }
    return tuple(name for name, said in flags.items() if said)


def _is_auto_reply(headers: Headers) -> bool:
    named = any(name in headers for name in ("x-autoreply", "x-autorespond", "x-auto-reply-from"))
    return named or _first(headers, "precedence") == "auto_reply"


def _is_bounce(headers: Headers, content_type: str, sender: str) -> bool:
    report = content_type.startswith("multipart/report") and "feedback" not in content_type
    no_way_back = _first(headers, "return-path") == "<>" and "auto-submitted" not in headers
    return report or no_way_back or "x-failed-recipients" in headers or bool(MACHINES.match(sender))


def _first(headers: Headers, name: str) -> str:
    return next(iter(headers.get(name, ())), "").strip().lower()
