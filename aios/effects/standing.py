"""How each connector stands: mode, breaker, pace, buffer, stop switch and last operations."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.connectors.contract import Contract
from aios.connectors.registry import Registry
from aios.effects import switches
from aios.effects.admission import Admission, service
from aios.effects.ledger import READY, Effect
from aios.effects.tables import effects
from aios.errors import AiosError, CredentialMissing
from aios.settings import Mode

LAST = 5


@dataclass(frozen=True)
class Ability:
    """One operation of a connector, in the words of its contract."""

    name: str
    risk: str
    identified_by: str
    undo: str
    reversible: bool


@dataclass(frozen=True)
class Standing:
    """A connector as it stands. `room` is how many effects may go out now; None where nothing limits it.

    `credentials` says where each one that live takes stands, `lacking` what live would need and has not, `parked` how
    many effects were decided for live and wait while it is in the sandbox. `stopped` holds the owner's reason (or
    `yes`) where it is stopped; it is empty where it is not.
    """

    name: str
    title: str
    version: int
    mode: Mode
    configured: bool
    lacking: str
    credentials: dict[str, str]
    account: str
    pace: str
    room: int | None
    breaker: str
    breaker_until: str
    breaker_reason: str
    stopped: str
    buffered: int
    parked: int
    operations: tuple[Ability, ...]
    last: tuple[Effect, ...]

    @property
    def working(self) -> bool:
        """Whether effects go out through it now."""
        return self.breaker == "closed" and not self.stopped


def read(connection: Connection, registry: Registry, admission: Admission) -> list[Standing]:
    """Every connector, in the mode that is set."""
    stops = switches.stopped(connection)
    return [_standing(connection, registry, admission, contract, stops) for contract in registry.contracts.values()]


def read_one(connection: Connection, registry: Registry, admission: Admission, name: str) -> Standing:
    """One connector; `NotFound` where there is none of that name."""
    return _standing(connection, registry, admission, registry.contract(name), switches.stopped(connection))


def _standing(
    connection: Connection, registry: Registry, admission: Admission, contract: Contract, stops: dict[str, str]
) -> Standing:
    mode = admission.mode(connection, contract.name)
    breaker = admission.breaker.state(connection, service(contract.name, mode))
    of_it = sa.select(effects).where(effects.c.connector == contract.name)
    last = connection.execute(of_it.order_by(effects.c.position.desc()).limit(LAST)).mappings()
    stopped = next((stops[name] or "yes" for name in (contract.name, switches.ALL) if name in stops), "")
    pace = admission.pace_of(connection, contract.name, "live")
    parked = of_it.where(effects.c.state.in_(READY), effects.c.mode == "live") if mode == "sandbox" else None
    return Standing(
        name=contract.name,
        title=contract.title,
        version=contract.version,
        mode=mode,
        configured=contract.configured(registry.settings),
        lacking=_lacking(registry, contract),
        credentials={name: _where(registry, name) for name in contract.credentials},
        account=contract.account(registry.settings) if mode == "live" else "",
        pace=str(pace[1]) if pace else "",
        room=admission.room(connection, contract.name, mode),
        breaker=breaker.state,
        breaker_until=breaker.until,
        breaker_reason=breaker.reason,
        stopped=stopped,
        buffered=_count(connection, of_it.where(effects.c.state == "buffered")),
        parked=_count(connection, parked) if parked is not None else 0,
        operations=tuple(_abilities(contract)),
        last=tuple(Effect(**row) for row in last),
    )


def _count(connection: Connection, rows: sa.Select[Any]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0


def _where(registry: Registry, credential: str) -> str:
    """Where it stands; never what it is."""
    words = {"settings": "in the settings", "file": f"in {registry.credentials.file.path}", "": "not set"}
    try:
        return words[registry.credentials.origin(credential)]
    except CredentialMissing as error:
        return error.message


def _lacking(registry: Registry, contract: Contract) -> str:
    try:
        registry.require_live(contract.name)
    except AiosError as error:
        return str(error)
    return ""


def _abilities(contract: Contract) -> list[Ability]:
    return [
        Ability(each.name, each.risk, each.identified_by, each.undo.words, each.reversible)
        for each in contract.operations
    ]
