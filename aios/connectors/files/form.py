"""A web form's fields, or a row's, as the message of a lead: whatever the fields are called."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from aios.connectors.mail.address import checked_address, one_line
from aios.errors import InvalidInput
from aios.events.catalog import LeadReceived, Sender
from aios.text import clean

MAX_FIELDS = 100
MAX_VALUE = 20_000

NAMES: dict[str, tuple[str, ...]] = {
    "email": ("email", "emailaddress", "mail", "emailadresse", "correo", "courriel", "replyto"),
    "name": ("name", "fullname", "yourname", "contact", "contactname", "ansprechpartner", "nom", "nombre", "nome"),
    "first": ("firstname", "vorname", "prenom", "givenname"),
    "last": ("lastname", "surname", "nachname", "familyname"),
    "phone": ("phone", "phonenumber", "tel", "telefon", "telephone", "mobile", "mobil", "handy", "telefono"),
    "organisation": ("organisation", "organization", "company", "companyname", "firma", "unternehmen", "entreprise"),
    "subject": ("subject", "betreff", "topic", "thema", "objet", "asunto", "service"),
    "text": ("text", "message", "nachricht", "comment", "comments", "body", "notes", "note", "need", "inquiry",
             "enquiry", "request", "anfrage", "description", "mensaje", "project"),
    "sent_at": ("sentat", "submittedat", "date", "datum", "createdat", "timestamp", "received"),
}  # fmt: skip
"""What forms and lists call each field, without spaces, dashes and capitals."""

_MEANING = {alias: field for field, aliases in NAMES.items() for alias in aliases}
_NOT_A_LETTER = re.compile(r"[\W_]+")


def read_form(values: Mapping[str, Any], channel: Literal["form", "csv"]) -> LeadReceived:
    """The lead in the fields. `InvalidInput` where nobody could be answered, or nothing is asked."""
    flat = flatten(values)
    known: dict[str, str] = {}
    others: dict[str, str] = {}
    for label, value in flat.items():
        field = _MEANING.get(_NOT_A_LETTER.sub("", label).lower())
        if field and field not in known:
            known[field] = value
        elif value:
            others[one_line(label)[:80]] = value
    sender = _sender(known)
    text = known.get("text", "") or "\n".join(f"{label}: {value}" for label, value in others.items())
    if not text and not known.get("subject"):
        raise InvalidInput("It asks for nothing: message and subject are empty.", "Fill one in, or discard it.")
    return LeadReceived(
        channel=channel,
        sender=sender,
        subject=one_line(known.get("subject", ""))[:500],
        text=text,
        sent_at=one_line(known.get("sent_at", ""))[:40],
        fields=others,
    )


def flatten(values: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str]:
    """Fields by label, as text; groups such as `{"fields": {…}}` are opened, lists joined by commas."""
    flat: dict[str, str] = {}
    for label, value in list(values.items())[:MAX_FIELDS]:
        if isinstance(value, Mapping) and depth < 3:
            flat.update(flatten(value, label, depth + 1))  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, list):
            parts: list[Any] = value[:MAX_FIELDS]  # pyright: ignore[reportUnknownVariableType]
            flat[label] = ", ".join(_value(part) for part in parts)
        else:
            flat[label if label not in flat else f"{prefix}.{label}"] = _value(value)
    return dict(list(flat.items())[:MAX_FIELDS])


def _value(value: Any) -> str:
    return "" if value is None else clean(str(value), MAX_VALUE).strip()


def _sender(known: Mapping[str, str]) -> Sender:
    email, phone = known.get("email", ""), one_line(known.get("phone", ""))[:60]
    try:
        email = checked_address(email) if email else ""
    except ValueError as error:
        raise InvalidInput(f"The address is wrong: {error}", "Correct it and drop the file again.") from None
    if not email and not phone:
        raise InvalidInput("It names no address and no phone number.", "Add an `email` field and drop it again.")
    name = known.get("name", "") or f"{known.get('first', '')} {known.get('last', '')}"
    organisation = one_line(known.get("organisation", ""))[:200]
    return Sender(name=one_line(name)[:200], email=email, phone=phone, organisation=organisation)
