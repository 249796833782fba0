"""The switch between sandbox and live, from the next effect on; nothing goes out that was decided for the other."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import ROLLBACK
from aios.cases.tables import cases
from aios.connectors.registry import Registry
from aios.decisions.decisions import EFFECT
from aios.effects.gate import Gate
from aios.effects.ledger import READY, UNDER_WAY, Effect
from aios.effects.modes import MODE_CHANGED, stream_of
from aios.effects.tables import effects
from aios.events.catalog import ConnectorSwitched
from aios.events.event import NewEvent
from aios.settings import Mode


@dataclass(frozen=True)
class Switched:
    """What a switch came to: how many effects are asked about again, and how many end in the mode they began in."""

    connector: str
    mode: Mode
    changed: bool
    asked_again: int = 0
    under_way: int = 0

    @property
    def words(self) -> str:
        """The same for a person."""
        if not self.changed:
            return f"{self.connector} is {self.mode} already."
        parts = [f"{self.connector} is {self.mode} from now on."]
        if self.asked_again:
            parts.append(f"{self.asked_again} that waited will be asked about again.")
        if self.under_way:
            parts.append(f"{self.under_way} under way end as they began.")
        return " ".join(parts)


def switch(gate: Gate, registry: Registry, connector: str, mode: Mode, actor: str) -> Switched:
    """Let the connector act outside (`live`), or in the sandbox, from the next effect on.

    What was decided for one mode never goes out in the other: all that waits is withdrawn, and its case proposes it
    anew, for the owner to decide. What is under way is settled in the mode in which it began. Raises
    `CredentialMissing` or `Misconfigured` where live lacks what it needs.
    """
    registry.contract(connector)
    if mode == "live":
        registry.require_live(connector)
    with gate.log.database.write() as tx:
        if gate.modes.current(tx, connector) == mode:
            return Switched(connector, mode, changed=False)
        gate.log.append(
            tx, NewEvent(stream_of(connector), ConnectorSwitched(connector=connector, mode=mode), actor=actor)
        )
        waiting = [each for each in _effects(tx, connector, ("proposed", *READY)) if _is_for_the_other(each, mode)]
        for effect in waiting:
            _ask_again(gate, tx, effect, actor)
        under_way = len(_effects(tx, connector, UNDER_WAY))
    return Switched(connector, mode, changed=True, asked_again=len(waiting), under_way=under_way)


def _is_for_the_other(effect: Effect, mode: Mode) -> bool:
    """Whether it was decided for the other mode; what undoes an effect stays in the mode of what it undoes."""
    return effect.mode != mode and not effect.key.startswith(f"{ROLLBACK}/")


def _ask_again(gate: Gate, tx: Connection, effect: Effect, actor: str) -> None:
    for asked in gate.decisions.list(tx, status="open", kind=EFFECT, effect_key=effect.key):
        gate.decisions.void(tx, asked, MODE_CHANGED)
    gate.withdraw(tx, effect.key, MODE_CHANGED, actor)
    if tx.scalar(sa.select(cases.c.status).where(cases.c.id == effect.case_id)) not in (None, "closed"):
        gate.cases.continue_(tx, effect.case_id, effect.step, MODE_CHANGED, actor=actor)


def _effects(tx: Connection, connector: str, states: tuple[str, ...]) -> list[Effect]:
    query = sa.select(effects).where(effects.c.connector == connector, effects.c.state.in_(states))
    return [Effect(**row) for row in tx.execute(query.order_by(effects.c.position)).mappings()]
