"""What a payment pays: found by our own reference, by the numbers that it names, or by who paid how much."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal

from aios.billing.sameness import supplier_key
from aios.events.types.settlements import Direction

MOST_OF_A_PARTY = 14
"""Open invoices of one party among which sums are tried; of more, no sum says anything."""

MOST_IN_A_BUNDLE = 6
STRONG = 4
"""Letters and digits that a number needs to stand for an invoice where the sums differ."""

_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Movement:
    """Money that came (positive) or went, in minor units, and what is said with it."""

    minor: int
    currency: str
    name: str = ""
    account: str = ""
    reference: str = ""
    words: str = ""


@dataclass(frozen=True)
class Owed:
    """Money that is to come (positive) or to go for an invoice; `clears` is `transfer` where a transfer is under way.

    `reference` is the end-to-end reference of that transfer.
    """

    direction: Direction
    key: str
    name: str
    party: str
    minor: int
    currency: str
    accounts: tuple[str, ...] = ()
    clears: Literal["invoice", "transfer"] = "invoice"
    reference: str = ""


@dataclass(frozen=True)
class Share:
    """So much of a movement, with its sign, is for an invoice."""

    owed: Owed
    minor: int


@dataclass(frozen=True)
class Found:
    """What a movement pays, and how that was found; what the shares leave is for somebody to say."""

    shares: tuple[Share, ...]
    rule: str


def by_name(movement: Movement, owed: Iterable[Owed]) -> Found | None:
    """What the movement names: a transfer of ours by its reference, or invoices by their numbers."""
    same = [each for each in owed if each.currency == movement.currency]
    if own := [each for each in same if _is_own(movement, each)]:
        exact = [each for each in own if each.minor == movement.minor]
        return Found((Share(exact[0], movement.minor),), "own transfer") if len(exact) == 1 else None
    named = [each for each in same if mentions(movement.words, each.name)]
    named = [each for each in named if is_party(movement, each)] or named
    return _of_named(movement.minor, named)


def by_party(movement: Movement, owed: Iterable[Owed]) -> Found | None:
    """What it pays by who paid and how much: one invoice of just that sum, or the one set that makes it."""
    of_party = [each for each in owed if each.currency == movement.currency and is_party(movement, each)]
    alike = [each for each in of_party if _same_sign(each.minor, movement.minor)]
    exact = [each for each in alike if each.minor == movement.minor]
    if len(exact) == 1:
        return Found((Share(exact[0], movement.minor),), "party and sum")
    if exact or len(alike) > MOST_OF_A_PARTY:
        return None
    bundle = _only_set(movement.minor, alike)
    return Found(_whole(bundle), "party and sums, bundled") if bundle else None


def candidates(movement: Movement, owed: Iterable[Owed], most: int = 8) -> list[Owed]:
    """What it may pay, the likeliest first; nothing that has neither its sum, its party nor a number in common."""
    same = [each for each in owed if each.currency == movement.currency and _same_sign(each.minor, movement.minor)]
    ranked = [(_likeness(movement, each), each) for each in same]
    likely = sorted((pair for pair in ranked if pair[0]), key=lambda pair: (-pair[0], pair[1].name, pair[1].key))
    return [each for _, each in likely[:most]]


def mentions(words: str, number: str) -> bool:
    """Whether the words hold the number, however banks break and sign it."""
    bare = _SIGNS.sub("", number)
    return len(bare) > 1 and bare.casefold() in _bare(words) and _pattern(bare).search(words) is not None


def is_party(movement: Movement, owed: Owed) -> bool:
    """Whether it came from, or went to, whoever owes it or is owed it: by account, or by name."""
    if movement.account and movement.account in owed.accounts:
        return True
    mine, theirs = supplier_key(movement.name), supplier_key(owed.party)
    if not mine or not theirs:
        return False
    shorter, longer = sorted((mine, theirs), key=len)
    return mine == theirs or (len(shorter) > 5 and longer.startswith(shorter))


def _of_named(minor: int, named: Sequence[Owed]) -> Found | None:
    alike = [each for each in named if _same_sign(each.minor, minor)]
    if not alike:
        return None
    if len(alike) == 1 and len(named) == 1:
        return _of_one(minor, alike[0])
    if sum(each.minor for each in named) == minor:
        return Found(_whole(named), "numbers, bundled")
    if some := _only_set(minor, alike, least=1):
        return Found(_whole(some), "numbers, bundled" if len(some) > 1 else "number")
    total = sum(each.minor for each in alike)
    if abs(minor) > abs(total) and all(_is_strong(each) for each in alike):
        return Found(_whole(alike), "numbers, paid over")
    return None


def _of_one(minor: int, owed: Owed) -> Found | None:
    if minor == owed.minor:
        return Found((Share(owed, minor),), "number")
    if not _is_strong(owed):
        return None
    if abs(minor) < abs(owed.minor):
        return Found((Share(owed, minor),), "number, in part")
    return Found((Share(owed, owed.minor),), "number, paid over")


def _whole(owed: Iterable[Owed]) -> tuple[Share, ...]:
    return tuple(Share(each, each.minor) for each in owed)


def _only_set(minor: int, owed: Sequence[Owed], least: int = 2) -> tuple[Owed, ...]:
    """The one set that makes the sum; empty where there is none, or several do."""
    if len(owed) > MOST_OF_A_PARTY:
        return ()
    found: list[tuple[Owed, ...]] = []
    for size in range(least, min(len(owed), MOST_IN_A_BUNDLE) + 1):
        found += [some for some in combinations(owed, size) if sum(each.minor for each in some) == minor]
        if len(found) > 1:
            return ()
    return found[0] if found else ()


def _is_own(movement: Movement, owed: Owed) -> bool:
    """Whether it is the transfer that we wrote, by the reference that we gave it."""
    if not owed.reference or not _same_sign(movement.minor, owed.minor):
        return False
    return movement.reference == owed.reference or owed.reference.casefold() in _bare(movement.words)


def _is_strong(owed: Owed) -> bool:
    return len(_SIGNS.sub("", owed.name)) >= STRONG


def _likeness(movement: Movement, owed: Owed) -> int:
    number = 4 * (mentions(movement.words, owed.name) or _is_own(movement, owed))
    return number + 2 * is_party(movement, owed) + (movement.minor == owed.minor)


def _same_sign(one: int, other: int) -> bool:
    return one * other > 0


@lru_cache(maxsize=4096)
def _bare(words: str) -> str:
    return _SIGNS.sub("", words).casefold()


@lru_cache(maxsize=4096)
def _pattern(bare: str) -> re.Pattern[str]:
    """The number with signs or a line's end between any two of its letters, and not as a part of a longer one."""
    before, after = (r"\d" if end.isdigit() else r"[^\W\d_]" for end in (bare[0], bare[-1]))
    return re.compile(f"(?<!{before})" + r"[\W_]{0,2}".join(map(re.escape, bare)) + f"(?!{after})", re.IGNORECASE)
