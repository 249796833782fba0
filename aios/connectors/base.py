"""The contract of a connector: perform an operation once, look up whether it happened, say how it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from aios.settings import Mode


@dataclass(frozen=True)
class Found:
    """The look-up found the operation outside: it has happened. `receipt` is what `perform` would have returned."""

    receipt: dict[str, Any]


@dataclass(frozen=True)
class Absent:
    """The look-up proves that the operation has not happened; it may be tried again."""

    checked: str = ""


@dataclass(frozen=True)
class CannotTell:
    """The look-up proves nothing either way; a person has to say."""

    reason: str


LookUp = Found | Absent | CannotTell


@dataclass(frozen=True)
class Health:
    """How a part is: `ok`, `degraded` (works in part), `down` or `off` (not set up), and what to do about it."""

    name: str
    state: Literal["ok", "degraded", "down", "off"]
    detail: str = ""
    remedy: str = ""


class Connector(Protocol):
    """One kind of outside system. Only the effect executor calls `perform`, and only after it has claimed the effect.

    `request` is JSON and was validated when the effect was proposed; `key` is the effect's own and never changes.
    """

    @property
    def name(self) -> str:
        """What effects call it, such as `mail`."""
        ...

    @property
    def mode(self) -> Mode:
        """`sandbox`: nothing leaves the machine; `live`: it does."""
        ...

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Do it and return the receipt.

        Raises `SoftFailure` or `HardFailure` where it surely did not happen, `OutcomeUnknown` where nobody can say.
        """
        ...

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """Whether the operation of that key has happened. Raises `SoftFailure` where the outside does not answer."""
        ...

    def check(self) -> Health:
        """How it is now; never raises for a fault of the outside."""
        ...


@runtime_checkable
class Carrier(Protocol):
    """A connector that sends files along. `contents` reads the bytes under a digest, and is set when it is made."""

    contents: Callable[[str], bytes]
