"""Predicates: what can be known as a fact about a contact or the business, as data."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from aios.errors import InvalidInput
from aios.identity.addresses import normal_email, normal_phone
from aios.text import clean

LONGEST = 300


@dataclass(frozen=True)
class Predicate:
    """Something that is known of a subject. Of a `single` one, a newer value supersedes; of others, values add up.

    `sentence` says a fact in words; `kind` is what its values are.
    """

    name: str
    label: str
    kind: str
    single: bool
    sentence: str


_PREDICATES = (
    Predicate("email", "Mail address", "email", False, "The mail address of {who} is {value}."),
    Predicate("phone", "Phone number", "phone", False, "The phone number of {who} is {value}."),
    Predicate("website", "Website", "website", True, "The website of {who} is {value}."),
    Predicate("employer", "Employer", "text", True, "{who} works for {value}."),
    Predicate("role", "Role", "text", True, "The role of {who} is {value}."),
    Predicate("location", "Location", "text", True, "{who} is in {value}."),
    Predicate("language", "Language", "language", True, "{who} writes in the language {value}."),
    Predicate("channel", "Preferred channel", "channel", True, "{who} prefers to be reached by {value}."),
    Predicate("budget", "Budget", "text", True, "The budget of {who} is {value}."),
    Predicate("deadline", "Deadline", "date", True, "{who} needs it by {value}."),
    Predicate("need", "Need", "text", True, "{who} needs: {value}"),
    Predicate("interest", "Interest", "text", False, "{who} is interested in {value}."),
)

PREDICATES = {predicate.name: predicate for predicate in _PREDICATES}
"""Every predicate by its name."""


def predicate_of(name: str) -> Predicate:
    """The predicate of that name; `InvalidInput` names those there are."""
    if name not in PREDICATES:
        raise InvalidInput(f"There is no predicate {name!r}.", f"Known are: {', '.join(PREDICATES)}.")
    return PREDICATES[name]


def value_of(predicate: Predicate, text: str) -> str:
    """The value in the one form in which values are compared; `InvalidInput` where it is none."""
    given = " ".join(clean(text, LONGEST).split())
    value = _FORMS[predicate.kind](given) if given else ""
    if not value:
        raise InvalidInput(f"{given!r} is no {predicate.label.lower()}.", _REMEDIES[predicate.kind])
    return value


def _website(text: str) -> str:
    found = re.fullmatch(r"(?:https?://)?(?:www\.)?((?:[\w-]{1,63}\.)+[a-z][\w-]{1,62})(/\S*)?", text.lower())
    return f"{found[1]}{(found[2] or '').rstrip('/')}" if found else ""


def _language(text: str) -> str:
    return text.lower() if re.fullmatch(r"[A-Za-z]{2}", text) else ""


def _channel(text: str) -> str:
    return text.lower() if text.lower() in ("mail", "phone", "message", "post", "meeting") else ""


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _text(text: str) -> str:
    return text


_FORMS: dict[str, Callable[[str], str]] = {
    "text": _text,
    "email": normal_email,
    "phone": normal_phone,
    "website": _website,
    "language": _language,
    "channel": _channel,
    "date": _date,
}

_REMEDIES = {
    "text": "Give a value.",
    "email": "Write it as name@company.example.",
    "phone": "Write it with its country, such as +49 30 1234567.",
    "website": "Write it as company.example.",
    "language": "Write its two letters, such as de.",
    "channel": "Choose mail, phone, message, post or meeting.",
    "date": "Write it as 2026-05-03.",
}
