"""The plan of a rollback: what it would withdraw, undo and follow up, in which order, and what nothing can undo."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.engine import Connection

from aios.cases.cases import ROLLBACK, Case
from aios.database import blobs
from aios.decisions.shown import Change
from aios.effects import ledger
from aios.effects.compensation import Undoing, key_of
from aios.effects.ledger import COMPENSATED, READY, STANDS, UNDER_WAY, Effect
from aios.effects.rollback import Rollback
from aios.errors import AiosError, Conflict, HardFailure

Does = Literal["withdraw", "look up", "undo", "follow up", "stays", "undone"]
"""What becomes of an effect: it does not go out; it is looked up first; it is undone; a correction follows it; nothing
can be done about it; it was undone already."""

ORDER = ("withdraw", "look up")
"""What comes before everything that is undone."""


@dataclass(frozen=True)
class Planned:
    """One effect of the case. `what` is what it did, `undo` the operation that undoes it, with its `request`.

    `doubt` says why the owner will be asked first, `differs` what has changed outside since; `undo_state` is the state
    of the compensation where there is one.
    """

    key: str
    connector: str
    operation: str
    mode: str
    does: Does
    words: str
    what: str = ""
    undo: str = ""
    request: Any = None
    undo_key: str = ""
    undo_state: str = ""
    doubt: str = ""
    differs: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a rollback of the case would do, in its order. `refused` says why it cannot be started now, if it cannot.

    `besides` is what its process does besides undoing effects.
    """

    case: Case
    steps: tuple[Planned, ...]
    refused: str = ""
    besides: str = ""

    @property
    def irreversible(self) -> tuple[Planned, ...]:
        """What stays, whatever is done."""
        return tuple(each for each in self.steps if each.does in ("stays", "follow up"))


def read(rollback: Rollback, case_id: str) -> Plan:
    """The plan as things are now; the outside is asked, and nothing is changed."""
    with rollback.log.database.read() as connection:
        case = rollback.cases.get(connection, case_id)
        of_case = ledger.of_case(connection, case_id)
        whats = {each.key: _what(rollback, connection, each) for each in of_case}
        refused = _refused(rollback, connection, case)
    undone = {each.key: each for each in of_case if each.step == ROLLBACK}
    steps = [
        _planned(rollback, case, each, undone.get(key_of(each.key)), whats[each.key])
        for each in of_case
        if each.step != ROLLBACK and each.state not in ("withdrawn", "failed")
    ]
    first = [each for each in steps if each.does in ORDER]
    process = rollback.cases.processes.get(case.process)
    in_order = (*first, *(each for each in steps if each.does not in ORDER))
    return Plan(case, in_order, refused, process.besides if process else "")


def _refused(rollback: Rollback, connection: Connection, case: Case) -> str:
    try:
        rollback.must_be_possible(connection, case)
    except Conflict as conflict:
        return str(conflict)
    return ""


def _planned(rollback: Rollback, case: Case, effect: Effect, undo: Effect | None, what: str) -> Planned:
    does, words, undoing = _does(rollback, case, effect, undo)
    return Planned(
        key=effect.key,
        connector=effect.connector,
        operation=effect.operation,
        mode=effect.mode,
        does=does,
        words=words,
        what=what,
        undo=undoing.operation if undoing else "",
        request=undoing.request if undoing else None,
        undo_key=undo.key if undo else "",
        undo_state=undo.state if undo else "",
        doubt=undoing.doubt if undoing else "",
        differs=undoing.differs if undoing else (),
    )


def _does(rollback: Rollback, case: Case, effect: Effect, undo: Effect | None) -> tuple[Does, str, Undoing | None]:
    if effect.state in ("proposed", *READY):
        return "withdraw", "It has not gone out, and will not.", None
    if effect.state in UNDER_WAY:
        return "look up", "Whether it went out is looked up before anything is undone.", None
    if effect.state == COMPENSATED or effect.state not in STANDS:
        return "undone", "It was undone.", None
    undoing = _asked(rollback, effect)
    if rollback.is_left(case, effect, undoing, undo):
        return "stays", undoing.words if not undoing.operation else f"It is left as it is: {_why(undo)}", undoing
    return ("undo" if undoing.takes_back else "follow up"), undoing.words, undoing


def _why(undo: Effect | None) -> str:
    return f"{undo.reason}." if undo else ""


def _asked(rollback: Rollback, effect: Effect) -> Undoing:
    try:
        return rollback.undoing_now(effect)
    except AiosError as error:
        doubt = f"The outside does not answer now, and is asked again before anything is undone: {error.message}"
        return rollback.undoing(effect, doubt=doubt)


def _what(rollback: Rollback, connection: Connection, effect: Effect) -> str:
    request = blobs.find_json(connection, effect.request, None)
    if request is None:
        return "Forgotten on request."
    try:
        return rollback.contract(effect.connector).preview(effect.operation, request)
    except HardFailure as failure:
        return failure.message
