"""Compensation: what undoes an effect that was done, and whether the outside is still as we left it."""

from dataclasses import dataclass, replace
from typing import Any

from aios.cases.cases import ROLLBACK
from aios.connectors.base import Absent, CannotTell, Found, LookUp
from aios.connectors.contract import Compensation, Contract
from aios.decisions.shown import Change
from aios.effects.ledger import Effect
from aios.errors import HardFailure
from aios.ids import digest

LONGEST_KEY = 200

BY_HAND = "Undo it by hand where it matters."


@dataclass(frozen=True)
class Undoing:
    """How one effect that was done is undone.

    `operation` is empty where nothing can undo it; `words` say how it is undone, or why it is not. `doubt` says why
    the owner has to look first, and `differs` what has changed outside (`before` as we left it, `after` as it is).
    """

    effect: Effect
    words: str
    operation: str = ""
    request: Any = None
    takes_back: bool = False
    editable: tuple[str, ...] = ()
    doubt: str = ""
    differs: tuple[Change, ...] = ()


def key_of(effect_key: str) -> str:
    """The key of the effect that undoes the one under the key: the same however often it is rolled back."""
    key = f"{ROLLBACK}/{effect_key}"
    return key if len(key) <= LONGEST_KEY else f"{ROLLBACK}/{digest(effect_key)}"


def how_to_undo(contract: Contract, effect: Effect, asked: Any, left: dict[str, Any]) -> Undoing:
    """What the contract says; `asked` is the effect's request, `left` its receipt as we left the thing outside."""
    undo = contract.operation(effect.operation).undo
    if not isinstance(undo, Compensation):
        return Undoing(effect, undo.words)
    try:
        request = undo.request(asked, left)
        contract.parse(undo.operation, request)
    except (KeyError, TypeError, ValueError, HardFailure):
        reason = "What is known of it is not enough to undo it: its receipt is incomplete."
        return Undoing(effect, f"{reason} {BY_HAND}")
    return Undoing(effect, undo.words, undo.operation, request, undo.takes_back, undo.editable)


def asks_outside(contract: Contract, effect: Effect) -> bool:
    """Whether what undoes the effect depends on how the thing is outside now."""
    undo = contract.operation(effect.operation).undo
    return isinstance(undo, Compensation) and bool(undo.unchanged)


def compared(contract: Contract, undoing: Undoing, asked: Any, left: dict[str, Any], answer: LookUp) -> Undoing:
    """The same, if the outside is as we left it; otherwise against what is there now, with what differs and a doubt."""
    undo = contract.operation(undoing.effect.operation).undo
    if not undoing.operation or not isinstance(undo, Compensation):
        return undoing
    there, doubt = _there(undo, answer)
    differs = tuple(
        Change(field=name, before=str(left.get(name, "")), after=str(there[name]))
        for name in undo.unchanged
        if isinstance(answer, Found) and there[name] != left.get(name, "")
    )
    if not doubt and not differs:
        return undoing
    now = how_to_undo(contract, undoing.effect, asked, {**left, **there})
    return replace(now, doubt=doubt or "It has changed outside since we left it.", differs=differs)


def as_left(contract: Contract, effect: Effect, others: list[Effect]) -> dict[str, Any]:
    """The effect's receipt, with what the latest of our effects on the same thing says of how it was left."""
    receipt = effect.receipt or {}
    undo = contract.operation(effect.operation).undo
    if not isinstance(undo, Compensation) or not undo.thing:
        return receipt
    about = [other for other in others if _is_about(other, effect, undo.thing, receipt)]
    latest = max(about, key=lambda other: other.turn, default=effect).receipt or {}
    return {**receipt, **{name: latest[name] for name in undo.unchanged if name in latest}}


def _is_about(other: Effect, effect: Effect, thing: str, receipt: dict[str, Any]) -> bool:
    same = (other.connector, other.mode) == (effect.connector, effect.mode)
    return same and other.done and (other.receipt or {}).get(thing, ...) == receipt.get(thing)


def _there(undo: Compensation, answer: LookUp) -> tuple[dict[str, Any], str]:
    """The fields that must be unchanged, as they are outside (empty where nobody can say), and the doubt left."""
    unknown = dict.fromkeys(undo.unchanged, "")
    match answer:
        case Found(receipt):
            return {name: receipt.get(name, "") for name in undo.unchanged}, ""
        case Absent(checked):
            return unknown, f"The outside no longer has it as we left it{f': {checked}' if checked else ''}."
        case CannotTell(reason):
            return unknown, f"Nobody can tell how it is outside: {reason}."
