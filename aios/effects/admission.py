"""`Admission`: whether an effect may go out now, and what its end says about the service, over all processes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.engine import Connection

from aios.clock import Clock, to_text
from aios.decisions.decisions import REMEDY, Decisions, Question
from aios.decisions.shown import Evidence, Impact, Shown
from aios.effects.ledger import Effect
from aios.effects.modes import Modes
from aios.errors import AiosError, CredentialMissing, CredentialRefused, OutcomeUnknown, SoftFailure
from aios.events import catalog
from aios.events.log import EventLog
from aios.settings import Mode
from aios.traffic import rates
from aios.traffic.breaker import Breaker, BreakerOpen, BreakerState
from aios.traffic.rates import Rate

PROBE_SECONDS = 60.0
"""How long a probe may take before another effect becomes the probe."""

CREDENTIAL_WAIT = 600.0
"""Seconds for which a refused password is not tried again by itself; too many tries lock accounts."""

ANSWER_WITHIN = timedelta(days=30)

CONNECTOR = "connector/"
"""How the names of connectors' breakers begin, and what decisions about a connector are about."""

CREDENTIAL = "credential"
"""How the kind of a breaker begins that refused credentials have opened; the mark of the credentials follows."""

Because = Literal["breaker", "rate", "credential"]


@dataclass(frozen=True)
class NotNow:
    """The service takes nothing now; `until` is when to look again."""

    because: Because
    reason: str
    until: datetime


Pace = tuple[str, Rate]
"""An account, and how many operations it may make in a time."""

PaceOf = Callable[[Connection, str, str], Pace | None]
"""The pace of a connector in a mode; None where nothing limits it."""


MarkOf = Callable[[str], str]
"""What changes when the credentials of a connector do (`aios.credentials.mark`)."""


def _no_mark(_connector: str) -> str:
    return ""


def _no_pace(_connection: Connection, _connector: str, _mode: str) -> None:
    return None


class Admission:
    """Stands between the executor and the connectors. Without it a thousand effects would knock at a closed door."""

    def __init__(
        self, log: EventLog, pace_of: PaceOf = _no_pace, modes: Modes | None = None, mark_of: MarkOf = _no_mark
    ) -> None:
        self.clock: Clock = log.clock
        self.decisions = Decisions(log)
        self.pace_of = pace_of
        self.modes = modes
        self.mark_of = mark_of
        self.breaker = Breaker(log.clock, PROBE_SECONDS)

    def mode(self, connection: Connection, connector: str) -> Mode:
        """The mode the connector is in now."""
        return self.modes.current(connection, connector) if self.modes else "sandbox"

    def is_parked(self, connection: Connection, effect: Effect) -> bool:
        """Whether it was decided for live and its connector is in the sandbox now: it waits until that changes."""
        return effect.mode == "live" and bool(self.parked(connection, {effect.connector}))

    def parked(self, connection: Connection, connectors: Iterable[str]) -> set[str]:
        """Those of the connectors through which nothing goes out that was decided for live."""
        return {name for name in connectors if self.modes and self.modes.current(connection, name) == "sandbox"}

    def admit(self, tx: Connection, effect: Effect) -> NotNow | None:
        """Let the effect pass (it counts), or say why not now. Half-open, the first one passes as the probe."""
        name, now = service(effect.connector, effect.mode), self.clock.now()
        pace = self.pace_of(tx, effect.connector, effect.mode)
        if pace and rates.room(tx, pace[0], pace[1], now) < 1:
            reason = f"{effect.connector} goes out at most {pace[1].count} times in {pace[1].per}."
            return NotNow("rate", reason, now + max(pace[1].apart, timedelta(seconds=1)))
        state = self.breaker.state(tx, name)
        if state.state == "open" and self._is_renewed(effect.connector, state):
            self.breaker.probe_now(tx, name, self._kind(effect.connector))
        try:
            self.breaker.admit(tx, name)
        except BreakerOpen as closed:
            return _not_now(closed.state, now + timedelta(seconds=closed.wait))
        if pace:
            rates.take(tx, pace[0], pace[1], now)
        return None

    def room(self, connection: Connection, connector: str, mode: str) -> int | None:
        """How many effects it makes sense to start now; None where nothing limits it."""
        state = self.breaker.state(connection, service(connector, mode))
        if state.state != "closed":
            return self._room_if_broken(connector, state)
        return self._room_by_pace(connection, connector, mode)

    def rooms(self, connection: Connection, services: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int | None]:
        """The same for several at once; the breakers that are not closed are read in one query."""
        broken = self.breaker.not_closed(connection, CONNECTOR)
        return {
            (connector, mode): self._room_if_broken(connector, state)
            if (state := broken.get(service(connector, mode)))
            else self._room_by_pace(connection, connector, mode)
            for connector, mode in services
        }

    def settled(self, tx: Connection, effect: Effect, failure: AiosError | None) -> NotNow | None:
        """Take in how an effect ended; the answer says that the service as a whole takes nothing now."""
        name = service(effect.connector, effect.mode)
        match failure:
            case CredentialRefused():
                self.refused(tx, effect.connector, effect.mode, failure)
            case SoftFailure(alone=True):
                self.release(tx, effect.connector, effect.mode)
            case SoftFailure() | OutcomeUnknown():
                wait = failure.retry_after if isinstance(failure, SoftFailure) else None
                self.breaker.failed(tx, name, "soft", failure.message, wait)
            case _:
                self.release(tx, effect.connector, effect.mode)
        state = self.breaker.state(tx, name)
        return None if state.state == "closed" else _not_now(state, datetime.fromisoformat(state.until))

    def refused(self, tx: Connection, connector: str, mode: str, failure: CredentialRefused) -> None:
        """Try our credentials no more for a while, unless they change; and ask the owner to renew them, once."""
        self.breaker.failed(tx, service(connector, mode), self._kind(connector), failure.message, CREDENTIAL_WAIT)
        self._ask(tx, connector, mode, failure)

    def release(self, tx: Connection, connector: str, mode: str) -> None:
        """Let everything through at once: the owner says that it is mended, or a test has shown it."""
        name = service(connector, mode)
        if is_of_credentials(self.breaker.state(tx, name)):
            for asked in self.decisions.list(tx, status="open", kind=REMEDY, effect_key=name):
                self.decisions.void(tx, asked, "it works again")
        self.breaker.succeeded(tx, name)

    def _room_if_broken(self, connector: str, state: BreakerState) -> int:
        """One, as the probe, where it is time for it, or the credentials that were refused are others now."""
        return 0 if state.state == "open" and not self._is_renewed(connector, state) else 1

    def _is_renewed(self, connector: str, state: BreakerState) -> bool:
        return is_of_credentials(state) and state.kind != self._kind(connector)

    def _kind(self, connector: str) -> str:
        mark = self.mark_of(connector)
        return f"{CREDENTIAL}:{mark}" if mark else CREDENTIAL

    def _room_by_pace(self, connection: Connection, connector: str, mode: str) -> int | None:
        pace = self.pace_of(connection, connector, mode)
        return rates.room(connection, pace[0], pace[1], self.clock.now()) if pace else None

    def _ask(self, tx: Connection, connector: str, mode: str, failure: CredentialRefused) -> None:
        """One question for the connector, however many effects wait; an open one stays as it is."""
        key = service(connector, mode)
        if self.decisions.list(tx, status="open", kind=REMEDY, effect_key=key):
            return
        shown = Shown(
            title=_credential_title(connector, failure),
            summary=f"{failure.remedy} What was to go out waits and nothing is lost. "
            "Approve once it is mended: it goes on in order.",
            evidence=(
                Evidence(label="The answer from outside", text=failure.message, source=connector),
                Evidence(label="Test it", text="The test button is there.", source="Connectors", link="/connectors"),
            ),
            impact=Impact(people=0, mode=mode),
        )
        self.decisions.open(tx, Question(REMEDY, shown, key=key), ANSWER_WITHIN)


def service(connector: str, mode: str) -> str:
    """The name under which the breaker of a connector is kept."""
    return f"{CONNECTOR}{connector}/{mode}"


def is_of_credentials(state: BreakerState) -> bool:
    """Whether refused credentials have opened the breaker."""
    return state.kind.partition(":")[0] == CREDENTIAL


def buffered(effect: Effect, not_now: NotNow) -> catalog.EffectBuffered:
    """The event that says the effect waits for its service; a try that was under way does not count."""
    return catalog.EffectBuffered(
        key=effect.key,
        attempt=effect.attempt - (effect.state == "claimed"),
        because=not_now.because,
        reason=not_now.reason,
        not_before=to_text(not_now.until),
    )


def _credential_title(connector: str, failure: CredentialRefused) -> str:
    if isinstance(failure, CredentialMissing):
        return f"{connector.capitalize()} lacks its credentials"
    return f"{connector.capitalize()} refuses our credentials"


def _not_now(state: BreakerState, until: datetime) -> NotNow:
    because: Because = "credential" if is_of_credentials(state) else "breaker"
    return NotNow(because, f"Buffered until the service is back: {state.reason}", until)
