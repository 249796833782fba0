"""The effect ledger as the Outbox page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.database import blobs
from aios.effects import ledger
from aios.effects.ledger import READY, Effect
from aios.effects.tables import effects
from aios.errors import NotFound
from aios.kernel import Kernel

VIEWS: dict[str, tuple[str, ...]] = {
    "all": (),
    "leaving": ("approved", "claimed"),
    "buffered": ("buffered",),
    "done": ("succeeded", "captured", "compensated"),
    "waiting": ("proposed",),
    "stuck": ("failed", "unknown"),
    "withdrawn": ("withdrawn",),
}
"""The lists of the page and the states in them."""

FORGOTTEN = {"subject": "Forgotten on request"}
"""What is shown of a request whose person was forgotten."""

SHOWN = 200
"""How many effects the page lists."""


@dataclass(frozen=True)
class Line:
    """An effect in the list, with the subject and recipients of its request; `undoable` while it may be taken back."""

    effect: Effect
    request: dict[str, Any]
    undoable: bool


@dataclass(frozen=True)
class Opened:
    """An effect opened: its request as it goes out, as it was proposed, and whether a captured file is there."""

    line: Line
    proposed: dict[str, Any]
    has_file: bool


def read_list(connection: Connection, view: str) -> list[Line]:
    """The effects of a view, the latest change first."""
    states = VIEWS.get(view) or ("",)
    found = [effect for state in states for effect in ledger.listing(connection, state=state, limit=SHOWN)]
    newest = sorted(found, key=lambda effect: effect.position, reverse=True)[:SHOWN]
    return [line(connection, effect) for effect in newest]


def read_one(kernel: Kernel, connection: Connection, key: str) -> Opened:
    """The effect under the key, opened."""
    effect = ledger.get(connection, key)
    proposed: dict[str, Any] = blobs.find_json(connection, effect.proposed, FORGOTTEN)
    return Opened(line(connection, effect), proposed, captured_file(kernel, effect) is not None)


def line(connection: Connection, effect: Effect) -> Line:
    """The effect with its request."""
    request: dict[str, Any] = blobs.find_json(connection, effect.request, FORGOTTEN)
    return Line(effect, request, effect.state in READY)


def counts(connection: Connection) -> dict[str, int]:
    """How many effects each view has."""
    query = sa.select(effects.c.state, sa.func.count()).group_by(effects.c.state)
    by_state = {state: number for state, number in connection.execute(query)}
    return {
        view: sum(number for state, number in by_state.items() if not states or state in states)
        for view, states in VIEWS.items()
    }


def leaving(connection: Connection) -> Sequence[Line]:
    """What is approved and has not gone out: in its undo window, or held."""
    return [line(connection, effect) for effect in ledger.listing(connection, state="approved")]


def captured_file(kernel: Kernel, effect: Effect) -> Path | None:
    """The file that the sandbox wrote for the effect, where it is in the outbox folder."""
    name = str((effect.receipt or {}).get("file", ""))
    outbox = (kernel.settings.home / "outbox").resolve()
    file = (kernel.settings.home / name).resolve()
    return file if name and file.is_relative_to(outbox) and file.is_file() else None


def captured_bytes(kernel: Kernel, connection: Connection, key: str) -> tuple[str, bytes]:
    """Name and bytes of the captured mail; `NotFound` where there is none."""
    file = captured_file(kernel, ledger.get(connection, key))
    if file is None:
        raise NotFound("There is no captured mail for this effect.", "In live mode the mail server has it.")
    return file.name, file.read_bytes()


def attached(connection: Connection, request: Mapping[str, Any], number: int) -> tuple[str, bytes]:
    """Name and bytes of a file of a mail, by its place in the request; `NotFound` where there is none."""
    files: Sequence[Mapping[str, Any]] = request.get("attachments") or ()
    if not 0 <= number < len(files):
        raise NotFound("There is no such file with this mail.", "Open the mail again.")
    return str(files[number]["name"]), blobs.get_bytes(connection, str(files[number]["blob"]))


def in_window(kernel: Kernel, effect: Effect) -> bool:
    """Whether the undo window of an approved effect is still open."""
    return effect.state == "approved" and (effect.not_before or "") > to_text(kernel.clock.now())
