"""Whether two statements say the same movement: in another format, or with other words."""

import re
from typing import Literal

from aios.events.catalog import EntryBooked

Verdict = Literal["same", "other", "doubtful"]
NOTHING = ("", "NONREF", "NOTPROVIDED", "NOTAVAILABLE")
"""What banks write where there is no reference."""

LEAST = 6
"""Letters that words need to be compared by them."""

_GERMAN = re.compile(r"(\d{8})/(\d{1,10})")
_MARK = re.compile(r"\b(?:EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
_SIGNS = re.compile(r"[\W_]+")


def account_key(account: str) -> str:
    """An account as it is compared: its IBAN, made where a German bank code and number are said instead."""
    bare = "".join(account.split()).upper()
    german = _GERMAN.fullmatch(bare)
    if not german:
        return bare
    basic = german[1] + german[2].zfill(10)
    return f"DE{98 - int(basic + '131400') % 97:02}{basic}"


def held_together(one: EntryBooked, other: EntryBooked) -> Verdict:
    """Whether two entries of one day, sum and account are the same: by references, else by what is said with them."""
    references = [(_reference(one), _reference(other)), (_end_to_end(one), _end_to_end(other))]
    known = [pair for pair in references if all(pair)]
    if known:
        return "same" if any(mine == theirs for mine, theirs in known) else "other"
    mine, theirs = _words(one), _words(other)
    if len(mine) < LEAST or len(theirs) < LEAST:
        return "same" if mine == theirs and (mine or _names(one) == _names(other) != "") else "doubtful"
    return "same" if mine in theirs or theirs in mine else "other"


def _reference(entry: EntryBooked) -> str:
    return _said(entry.bank_reference)


def _end_to_end(entry: EntryBooked) -> str:
    return ",".join(filter(None, (_said(part.reference) for part in entry.parts)))


def _said(reference: str) -> str:
    bare = _SIGNS.sub("", reference).upper()
    return "" if bare in NOTHING else bare


def _names(entry: EntryBooked) -> str:
    return _SIGNS.sub("", "".join(part.name for part in entry.parts)).casefold()


def _words(entry: EntryBooked) -> str:
    """What is said with it, without the marks that only some formats have, as one run of letters."""
    said = " ".join(part.text for part in entry.parts) or entry.text
    purpose = said.partition("SVWZ+")[2] or said
    return _SIGNS.sub("", _MARK.sub(" ", purpose)).casefold()
