"""The timeline of a predicate: what a new claim does to the facts that are believed of one subject.

Where values exclude each other, an older fact ends where a newer one begins, in whatever order they become known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Trust = Literal["rules", "contact", "document", "owner"]

TRUST: dict[str, int] = {"rules": 1, "contact": 2, "document": 3, "owner": 4}
"""Whom to believe more."""

Span = tuple[str, str]
"""From when, and until when ("": open); as text that sorts by time."""


@dataclass(frozen=True)
class Stretch:
    """A value that holds for a span; believed under `item_id`, or claimed (no id yet)."""

    value: str
    valid_from: str
    valid_to: str
    trust: str
    item_id: str = ""

    def covers(self, moment: str) -> bool:
        """Whether it holds at the moment."""
        return self.valid_from <= moment and (not self.valid_to or self.valid_to > moment)

    def overlaps(self, other: "Stretch") -> bool:
        """Whether both hold at some moment."""
        return self.covers(other.valid_from) or other.covers(self.valid_from)


@dataclass(frozen=True)
class Plan:
    """What follows from a claim: `add` it, it is the `same` as one, `ask` the owner, or `keep` what is believed.

    `span` is when it holds; `item` is what it is the same as or contradicts; `cut` is the fact whose time it takes,
    and `rest` what remains of that one.
    """

    outcome: Literal["add", "same", "ask", "keep"]
    span: Span = ("", "")
    item: Stretch | None = None
    cut: Stretch | None = None
    rest: tuple[Span, ...] = ()


def plan(believed: Sequence[Stretch], claim: Stretch, *, single: bool, decided: bool = False) -> Plan:
    """What the claim does to what is believed; `decided` where the owner has chosen it."""
    held = [one for one in believed if single or one.value == claim.value]
    covering = next((one for one in held if one.covers(claim.valid_from)), None)
    if covering is not None and covering.value == claim.value:
        return Plan("same", (covering.valid_from, covering.valid_to), covering)
    if covering is not None and not decided and (objection := _objection(covering, claim)):
        return Plan(objection, item=covering)
    later = min((one for one in held if one.valid_from > claim.valid_from), key=_begin, default=None)
    rest = _rest(covering, claim) if covering is not None else ()
    if later is not None and (not claim.valid_to or claim.valid_to >= later.valid_from):
        if later.value == claim.value:
            return Plan("same", (claim.valid_from, later.valid_to), later, covering, rest)
        return Plan("add", (claim.valid_from, later.valid_from), None, covering, rest)
    return Plan("add", (claim.valid_from, claim.valid_to), None, covering, rest)


def _objection(covering: Stretch, claim: Stretch) -> Literal["ask", "keep"] | None:
    """What speaks against it: it comes from somebody less trusted, or both say they begin at the same time."""
    ours, theirs = TRUST[covering.trust], TRUST[claim.trust]
    if theirs < ours:
        return "keep" if claim.trust == "rules" else "ask"
    return "ask" if theirs == ours and covering.valid_from == claim.valid_from else None


def _rest(covering: Stretch, claim: Stretch) -> tuple[Span, ...]:
    before = (covering.valid_from, claim.valid_from)
    after = (claim.valid_to, covering.valid_to)
    goes_on = claim.valid_to and (not covering.valid_to or covering.valid_to > claim.valid_to)
    return ((before,) if before[0] < before[1] else ()) + ((after,) if goes_on else ())


def _begin(one: Stretch) -> str:
    return one.valid_from
