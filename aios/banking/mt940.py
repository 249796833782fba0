"""SWIFT MT940 statements, with the structured `:86:` of German banks and the `:NS:` of some."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from aios.banking.decoding import decoded
from aios.banking.statement import Entry, Part, Statement, checked
from aios.errors import InvalidInput
from aios.money import to_minor

AGAIN = "Fetch the statement from the bank again."
_BALANCES = ("60F", "60M", "62F", "62M")
_TAG = re.compile(r"^:(\d{2}[A-Z]?|NS):", re.MULTILINE)
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})?(\d{1,15},\d{0,3})")
_LINE = re.compile(
    r"(?P<valued>\d{6})(?P<booked>\d{4})?(?P<sign>R?[CD]|E[CD])(?P<funds>[A-Z])?(?P<amount>\d{1,15},\d{0,3})"
    r"(?P<kind>[A-Z][A-Z0-9]{3})?(?P<reference>[^\n]*?)(?://(?P<bank>[^\n]*))?(?:\n(?P<more>.*))?$",
    re.DOTALL,
)
_SUBFIELD = re.compile(r"\?(\d\d)")
_NS = re.compile(r"^(\d\d)", re.MULTILINE)

Field = tuple[str, str]


def read_mt940(data: bytes) -> tuple[Statement, ...]:
    """Every statement in the file, in order."""
    fields = list(_fields(decoded(data)))
    starts = [at for at, (tag, _) in enumerate(fields) if tag == "20"]
    if not starts:
        raise InvalidInput("The file holds no MT940 statement.", AGAIN)
    return tuple(_statement(fields[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True))


def _fields(text: str) -> Iterator[Field]:
    matches = list(_TAG.finditer(text))
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        value = text[match.end() : following.start() if following else len(text)]
        yield match[1], re.split(r"\n-\s*(?:\n|$|\})", value.rstrip("\n"))[0].rstrip("\n")


def _statement(fields: list[Field]) -> Statement:
    named = dict(reversed(fields))
    balances = [value for tag, value in fields if tag in _BALANCES]
    currency = next((match[3] for value in balances if (match := _BALANCE.match(value.strip())) and match[3]), "")
    if not currency:
        raise InvalidInput("A statement has no balance, so its currency is unknown.", AGAIN)
    opening = next((value for tag, value in fields if tag in _BALANCES[:2]), None)
    closing = next((value for tag, value in reversed(fields) if tag in _BALANCES[2:]), None)
    entries: list[Entry] = []
    for at, (tag, value) in enumerate(fields):
        if tag == "61":
            told = fields[at + 1] if at + 1 < len(fields) else ("", "")
            entries.append(_entry(value, told if told[0] in ("86", "NS") else ("", ""), currency))
    return checked(
        Statement(
            account=named.get("25", "").strip(),
            currency=currency,
            entries=tuple(entries),
            source="mt940",
            id=f"{named.get('20', '')} {named.get('28C', named.get('28', ''))}".strip(),
            opening=None if opening is None else _balance(opening, currency),
            closing=None if closing is None else _balance(closing, currency),
        )
    )


def _balance(value: str, currency: str) -> int:
    match = _BALANCE.match(value.strip())
    if match is None:
        raise InvalidInput(f"The balance {value[:40]!r} can't be read.", AGAIN)
    minor = _minor(match[4], currency)
    return -minor if match[1] == "D" else minor


def _minor(text: str, currency: str) -> int:
    return to_minor(Decimal(text.replace(",", ".") + ("0" if text.endswith(",") else "")), currency)


def _entry(value: str, told: Field, currency: str) -> Entry:
    match = _LINE.match(value)
    if match is None:
        raise InvalidInput(f"The entry {value[:60]!r} can't be read.", AGAIN)
    sign = match["sign"]
    minor = _minor(match["amount"], currency) * (1 if sign in ("C", "RD", "EC") else -1)
    valued = _day(match["valued"])
    part = _part(told, minor)
    reference = match["reference"].strip()
    return Entry(
        amount=minor,
        currency=currency,
        booked=_booked(match["booked"], valued),
        valued=valued,
        parts=(part,),
        bank_reference=(match["bank"] or "").strip(),
        text=" ".join(said for said in (match["kind"] or "", reference, (match["more"] or "").strip()) if said),
        reversal=sign.startswith("R"),
    )


def _part(told: Field, minor: int) -> Part:
    tag, value = told
    plain = value.replace("\n", "")
    marks = _NS.split(value) if tag == "NS" else _SUBFIELD.split(plain)
    parts: dict[str, str] = {}
    for code, text in zip(marks[1::2], marks[2::2], strict=True):
        parts[code] = parts.get(code, "") + text.strip("\n")
    if tag == "NS":
        codes = range(1, 15)
        return Part(minor, parts.get("15", ""), parts.get("19", ""), text=_joined(parts, codes))
    if not parts:
        return Part(minor, text=" ".join(value.split("\n")))
    text = _joined(parts, [*range(20, 30), *range(60, 64)])
    name = f"{parts.get('32', '')}{parts.get('33', '')}".strip()
    return Part(minor, name, parts.get("31", ""), _sepa("EREF", text), _sepa("MREF", text), text or parts.get("00", ""))


def _joined(parts: dict[str, str], codes: "range | list[int]") -> str:
    return " ".join(parts[f"{code:02}"].strip() for code in codes if parts.get(f"{code:02}"))


def _sepa(key: str, text: str) -> str:
    match = re.search(rf"{key}\+\s*(\S+)", text)
    return match[1] if match else ""


def _day(text: str) -> date:
    year = int(text[:2])
    try:
        return date(year + (1900 if year >= 80 else 2000), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise InvalidInput(f"The date {text} does not exist.", AGAIN) from None


def _booked(text: str | None, valued: date) -> date:
    """The booking day has no year: the one nearest to the value date."""
    if not text:
        return valued
    days: list[date] = []
    for year in (valued.year - 1, valued.year, valued.year + 1):
        try:
            days.append(date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue
    if not days:
        raise InvalidInput(f"The date {text} does not exist.", AGAIN)
    return min(days, key=lambda each: abs((each - valued).days))
