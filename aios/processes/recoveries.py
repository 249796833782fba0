"""Failed payments under recovery: what is owed, how far each is, and whether what it is for goes on meanwhile."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.engine import Connection

from aios.cases.cases import Case
from aios.cases.process import PAYMENT_RECOVERY
from aios.effects import ledger
from aios.effects.ledger import STANDS
from aios.errors import NotFound
from aios.events.catalog import CATALOG, PaymentFact, PaymentFailed
from aios.kernel import Kernel
from aios.payments import standing
from aios.processes.payment import SETTLED
from aios.processes.recovery import pause_key

Access = Literal["paused", "on", "none"]

SHOWN = 200

TYPES = tuple(sorted(name for name, model in CATALOG.items() if issubclass(model, PaymentFact)))
"""The types of what Stripe tells."""


@dataclass(frozen=True)
class Recovery:
    """A case of payment recovery. Amounts are in minor units; `attempt` is how often it failed by now.

    `customer` is their name, where it is known.
    `access` is whether the subscription it is for goes on; `none` where it is for no subscription. `next_attempt_at` is
    when Stripe tries again by itself, empty where it does not. `settled` is how the invoice ended, if it has.
    """

    case: Case
    customer: str
    invoice: str
    number: str
    amount: int
    currency: str
    attempt: int
    next_attempt_at: str
    access: Access
    settled: str
    live: bool

    def fields(self) -> dict[str, Any]:
        """The same with how its case stands, all on one level."""
        case = self.case
        stands = {"title": case.title, "status": case.status, "waiting_on": case.waiting_on, "outcome": case.outcome}
        own = {name: value for name, value in vars(self).items() if name != "case"}
        return {"case_id": case.id, **stands, "step": case.step, **own}


@dataclass(frozen=True)
class PaymentEvent:
    """Something that Stripe has told, with the case that it belongs to, if there is one."""

    id: str
    type: str
    case_id: str
    fact: PaymentFact


def told(kernel: Kernel, connection: Connection, *, kind: str = "", limit: int = SHOWN) -> list[PaymentEvent]:
    """What Stripe has told, the newest first; of one type, or of all."""
    if kind and kind not in TYPES:
        raise NotFound(f"Stripe tells nothing called {kind[:40]!r}.", f"It tells: {', '.join(TYPES)}.")
    found = kernel.log.read(connection, types=(kind,) if kind else TYPES, limit=limit, newest_first=True)
    return [
        PaymentEvent(event.id, event.type, event.case_id or "", event.payload)
        for event in found
        if isinstance(event.payload, PaymentFact)
    ]


def recoveries(kernel: Kernel, connection: Connection, *, ended: bool = False, limit: int = SHOWN) -> list[Recovery]:
    """Those that are under way, what changed last first; or those that have ended."""
    statuses = ("closed",) if ended else ("open", "waiting", "failed")
    name = PAYMENT_RECOVERY.name
    found = [
        case for status in statuses for case in kernel.cases.list(connection, process=name, status=status, limit=limit)
    ]
    newest = sorted(found, key=lambda case: case.updated_at, reverse=True)[:limit]
    return [_recovery(kernel, connection, case) for case in newest]


def _recovery(kernel: Kernel, connection: Connection, case: Case) -> Recovery:
    tries = [
        event.payload
        for event in kernel.log.read(connection, case_id=case.id, types=(PaymentFailed.type,))
        if isinstance(event.payload, PaymentFailed)
    ]
    newest = max(tries, key=lambda said: said.attempt)
    stands = standing.find(connection, newest.object)
    pause = ledger.find(connection, pause_key(case.id))
    paused = pause is not None and pause.state in STANDS
    return Recovery(
        case=case,
        customer=kernel.contacts.get(connection, case.contact_id).name if case.contact_id else "",
        invoice=newest.object,
        number=newest.number,
        amount=newest.amount,
        currency=newest.currency,
        attempt=newest.attempt,
        next_attempt_at=newest.next_attempt_at,
        access="none" if not newest.subscription else "paused" if paused else "on",
        settled=stands.status if stands and stands.status in SETTLED else "",
        live=newest.live,
    )
