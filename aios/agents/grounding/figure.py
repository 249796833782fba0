"""`Figure`: one thing in a text that can be true or false, as a value that does not depend on how it is written."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["amount", "percent", "number", "date", "time", "duration", "link", "phone", "email"]
Bound = Literal["", "from", "about", "up to"]
Key = tuple[object, ...]


@dataclass(frozen=True)
class Figure:
    """A figure of a kind at a place in a reading.

    `keys` are its values; more than one where the writing leaves it open (`3/4/2027`). An amount may be a lower or
    upper `bound`, and a price `per` something.
    """

    kind: Kind
    keys: frozenset[Key]
    start: int
    end: int
    bound: Bound = ""
    per: str = ""
