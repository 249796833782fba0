"""A card of an address book (vCard, RFC 2426 and 6350): read, written and changed without losing what else is in it."""

from dataclasses import dataclass
from typing import Any, cast

from aios.connectors.contacts.request import Change, Create
from aios.connectors.mail.address import checked_address, one_line
from aios.errors import HardFailure
from aios.text import clean

MARK = "x-aios-done"
"""The property that holds the marks of the effects that made or changed the card."""

MOST_VALUES = 20
EMPTY = b"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n"
BY_HAND = "Look at it in the address book."

Vcard = Any
"""A card as vobject has it, which ships no types."""


@dataclass(frozen=True)
class Card:
    """What a card says of somebody. `person` is false for a group or an organisation's own card."""

    uid: str
    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    organisation: str = ""
    note: str = ""
    person: bool = True


def read_card(text: bytes) -> Card:
    """The card; `HardFailure` where the text is none."""
    vcard = _parsed(text)
    name = _first(vcard, "fn") or _named(vcard)
    kind = _first(vcard, "kind") or _first(vcard, "x-addressbookserver-kind")
    return Card(
        uid=_first(vcard, "uid")[:200],
        name=name[:200],
        emails=tuple(dict.fromkeys(each for value in _all(vcard, "email") if (each := _address(value)))),
        phones=tuple(dict.fromkeys(one_line(value.removeprefix("tel:"))[:60] for value in _all(vcard, "tel"))),
        organisation=_organisation(vcard),
        note=clean(_raw(vcard, "note"), 10_000).strip(),
        person=kind.lower() in ("", "individual") and _first(vcard, "x-abshowas").upper() != "COMPANY",
    )


def written(request: Create, uid: str, mark: str) -> bytes:
    """A new card."""
    import vobject

    vcard: Vcard = vobject.vCard()  # pyright: ignore[reportUnknownMemberType]
    vcard.add("uid").value = uid
    _put(vcard, Change(file="new", **request.model_dump()))
    return _text(vcard, mark)


def changed(was: bytes, request: Change, mark: str) -> bytes:
    """The card with other words; everything else of it stays."""
    vcard = _parsed(was)
    _put(vcard, request)
    return _text(vcard, mark)


def marked(was: bytes, mark: str) -> bytes:
    """The card with the mark of one more effect."""
    return _text(_parsed(was), mark)


def has_mark(text: bytes, mark: str) -> bool:
    """Whether the effect of the mark made or changed it."""
    return mark in _all(_parsed(text), MARK)


def _put(vcard: Vcard, request: Change) -> None:
    if request.name is not None:
        _only(vcard, "fn", request.name)
        _rename(vcard, request.name)
    for field, name in (("emails", "email"), ("phones", "tel")):
        values: tuple[str, ...] | None = getattr(request, field)
        if values is not None:
            _keep(vcard, name, values)
    if request.organisation is not None:
        _only(vcard, "org", [request.organisation] if request.organisation else None)
    if request.note is not None:
        _only(vcard, "note", request.note or None)


def _rename(vcard: Vcard, name: str) -> None:
    """The parts of the name as well as they can be told: the last word is the family's."""
    from vobject.vcard import Name

    given, _, family = name.rpartition(" ")
    _only(vcard, "n", Name(family=family, given=given))


def _only(vcard: Vcard, name: str, value: Any) -> None:
    vcard.contents.pop(name, None)
    if value is not None:
        vcard.add(name).value = value


def _keep(vcard: Vcard, name: str, values: tuple[str, ...]) -> None:
    """Those of the values that are there stay with their kinds (work, home); others go, and new ones come."""
    wanted = {value.lower() for value in values}
    there = [each for each in vcard.contents.get(name, []) if str(each.value).strip().lower() in wanted]
    vcard.contents.pop(name, None)
    if there:
        vcard.contents[name] = there
    known = {str(each.value).strip().lower() for each in there}
    for value in values:
        if value.lower() not in known:
            vcard.add(name).value = value


def _text(vcard: Vcard, mark: str) -> bytes:
    if mark not in _all(vcard, MARK):
        vcard.add(MARK).value = mark
    vcard.contents.pop("rev", None)
    if "version" not in vcard.contents:
        vcard.add("version").value = "3.0"
    try:
        text: str = vcard.serialize(validate=False)
    except (ValueError, KeyError, AttributeError, TypeError, IndexError) as error:
        raise HardFailure(f"The card cannot be written: {one_line(str(error))[:200]}.", BY_HAND) from None
    return text.encode("utf-8", "replace")


def _parsed(text: bytes) -> Vcard:
    import vobject
    from vobject.base import VObjectError

    try:
        read: Any = vobject.readOne  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        vcard: Vcard = read(text.decode("utf-8-sig", "replace"))
    except (VObjectError, StopIteration, ValueError, KeyError, AttributeError, TypeError, IndexError) as error:
        reason = one_line(str(error))[:200] or type(error).__name__
        raise HardFailure(f"The address book holds what is no card: {reason}.", BY_HAND) from None
    if vcard.name != "VCARD":
        raise HardFailure(f"The address book holds a {one_line(str(vcard.name))[:40]}, not a card.", BY_HAND)
    return vcard


def _all(vcard: Vcard, name: str) -> list[str]:
    found = [each.value for each in vcard.contents.get(name, [])[:MOST_VALUES]]
    return [one_line(value) for value in found if isinstance(value, str) and value.strip()]


def _first(vcard: Vcard, name: str) -> str:
    return next(iter(_all(vcard, name)), "")


def _raw(vcard: Vcard, name: str) -> str:
    value = next((each.value for each in vcard.contents.get(name, [])), "")
    return value if isinstance(value, str) else ""


def _named(vcard: Vcard) -> str:
    parts = next((each.value for each in vcard.contents.get("n", [])), None)
    words = [getattr(parts, name, "") for name in ("given", "additional", "family")]
    return one_line(" ".join(str(word) for word in words if word))


def _organisation(vcard: Vcard) -> str:
    value: Any = next((each.value for each in vcard.contents.get("org", [])), "")
    parts = cast(list[Any], value) if isinstance(value, list) else [value]
    return one_line(str(parts[0] if parts else ""))[:200]


def _address(value: str) -> str:
    try:
        return checked_address(value.removeprefix("mailto:"))
    except ValueError:
        return ""
