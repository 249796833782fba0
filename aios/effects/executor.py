"""The executor: claim an approved effect, have the connector do it, settle it; look up what a crash left open."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import cases
from aios.clock import to_text
from aios.connectors.base import Absent, CannotTell, Connector, Found, LookUp
from aios.connectors.contract import Drifted
from aios.database import blobs
from aios.effects import drift, due, ledger, switches
from aios.effects.admission import CREDENTIAL_WAIT, Admission, buffered
from aios.effects.ledger import READY, UNDER_WAY, Effect
from aios.effects.order import goes_first
from aios.errors import (
    Blocked,
    BusinessFailure,
    CredentialRefused,
    HardFailure,
    Misconfigured,
    OutcomeUnknown,
    Paused,
    SoftFailure,
)
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.faults import reach
from aios.worker import is_dead, this_worker

ATTEMPTS = 8
"""Soft failures in a row before an effect counts as failed: about four hours with the back-off below."""

LOOK_UP_AGAIN = timedelta(seconds=60)
"""How long to wait when the outside does not even answer the look-up."""

_PAUSED = sa.select(cases.c.paused).where(cases.c.id == sa.bindparam("case_id"))

logger = logging.getLogger(__name__)


class Executor:
    """Carries effects out. Without the claim, two runs could do the same; without the look-up, a crash could."""

    def __init__(
        self,
        log: EventLog,
        connectors: Mapping[tuple[str, str], Connector],
        lease: timedelta,
        admission: Admission | None = None,
    ) -> None:
        self.log = log
        self.connectors = connectors
        self.lease = lease
        self.admission = admission or Admission(log)

    def carry_out(self, key: str) -> Effect:
        """Do the effect if it is approved and due, look it up first if it may have been done; returns where it stands.

        Raises `Paused` where its case, its connector or everything is held.
        """
        effect = self._read(key)
        if effect.state in UNDER_WAY:
            effect = self.reconcile(key)
        if effect.state in READY and self._claim(effect):
            self._perform(self._read(key))
        return self._read(key)

    def reconcile(self, key: str) -> Effect:
        """Look up an effect whose worker is gone or whose outcome is unknown; never repeats it blindly."""
        effect = self._read(key)
        if effect.state == "claimed" and self._is_held(effect):
            return effect
        if effect.state not in UNDER_WAY or (effect.state == "unknown" and not effect.not_before):
            return effect
        try:
            answer = self.connector(effect).look_up(effect.operation, self._request(effect), effect.key)
        except Drifted as drifted:
            drift.keep(self.log, effect, drifted)
            answer = CannotTell(drifted.message)
        except (SoftFailure, HardFailure) as failure:
            answer = failure
        with self.log.database.write() as tx:
            if ledger.get(tx, key).position == effect.position:
                self._settle_look_up(tx, effect, answer)
            return ledger.get(tx, key)

    def due(self, connection: Connection) -> list[Effect]:
        """What can go on now: in its turn and due, to be looked up, or left open by a worker that is gone.

        Critical effects come first. Of a service that takes nothing now, or little, no more than it takes.
        """
        found = due.find(connection, self.admission, self.connectors)
        parked = self.admission.parked(connection, {each.connector for each in found if each.mode == "live"})
        return [effect for effect in found if self._can_go_on(effect, parked)]

    def _perform(self, effect: Effect) -> None:
        connector = self.connector(effect)
        reach("claimed")
        try:
            receipt = connector.perform(effect.operation, self._request(effect), effect.key)
        except SoftFailure as failure:
            self._defer(effect, failure)
        except (HardFailure, Misconfigured) as failure:
            self._fail(effect, failure)
        except Drifted as drifted:
            drift.keep(self.log, effect, drifted)
            self._unknown(effect, drifted)
        except OutcomeUnknown as unknown:
            self._unknown(effect, unknown)
        except Exception as error:  # whatever else a client throws: nobody knows whether it was done
            logger.exception("Connector %s broke its contract on %s.", effect.connector, effect.key)
            self._unknown(effect, OutcomeUnknown(f"The connector failed with {type(error).__name__}."))
        else:
            reach("performed")
            with self.log.database.write() as tx:
                self.admission.settled(tx, effect, None)
                self._append(tx, effect, self._done(effect, receipt))

    def _fail(self, effect: Effect, failure: HardFailure | Misconfigured) -> None:
        """It will not work like this: for this effect alone, or, with a refused credential, for every one."""
        kind = "business" if isinstance(failure, BusinessFailure) else "hard"
        with self.log.database.write() as tx:
            not_now = self.admission.settled(tx, effect, failure)
            if not_now is not None and isinstance(failure, CredentialRefused):
                payload = buffered(effect, not_now)
            else:
                payload = catalog.EffectFailed(key=effect.key, reason=failure.message, remedy=failure.remedy, kind=kind)
            self._append(tx, effect, payload)

    def _unknown(self, effect: Effect, unknown: OutcomeUnknown) -> None:
        now = to_text(self.log.clock.now())
        with self.log.database.write() as tx:
            self.admission.settled(tx, effect, None if isinstance(unknown, Drifted) else unknown)
            self._append(tx, effect, catalog.EffectUnknown(key=effect.key, reason=unknown.message, look_up_at=now))
        self.reconcile(effect.key)

    def _defer(self, effect: Effect, failure: SoftFailure) -> None:
        """Try it later; where the service takes nothing at all, it waits in the buffer, and the try is not counted."""
        with self.log.database.write() as tx:
            not_now = self.admission.settled(tx, effect, failure)
            if not_now is not None:
                payload = buffered(effect, not_now)
            elif effect.attempt >= ATTEMPTS:
                remedy = failure.remedy or "Retry the case when the service works again."
                reason = f"{failure.message} ({effect.attempt} attempts)"
                payload = catalog.EffectFailed(key=effect.key, reason=reason, remedy=remedy, kind="soft")
            else:
                wait = timedelta(seconds=max(failure.retry_after or 0, min(3600, 15 * 4 ** (effect.attempt - 1))))
                later = to_text(self.log.clock.now() + wait)
                payload = catalog.EffectDeferred(key=effect.key, reason=failure.message, not_before=later)
            self._append(tx, effect, payload)

    def _settle_look_up(self, tx: Connection, effect: Effect, answer: LookUp | SoftFailure | HardFailure) -> None:
        match answer:
            case Found(receipt):
                self.admission.settled(tx, effect, None)
                payload = self._done(effect, receipt, found=True)
            case Absent():
                now = to_text(self.log.clock.now())
                reason = "The outside does not have it; it is tried again."
                payload = catalog.EffectDeferred(key=effect.key, reason=reason, not_before=now)
            case CannotTell(reason):
                payload = catalog.EffectUnknown(key=effect.key, reason=reason)
            case CredentialRefused():
                self.admission.settled(tx, effect, answer)
                later = to_text(self.log.clock.now() + timedelta(seconds=CREDENTIAL_WAIT))
                payload = catalog.EffectUnknown(key=effect.key, reason=answer.message, look_up_at=later)
            case SoftFailure() | HardFailure():
                later = to_text(self.log.clock.now() + LOOK_UP_AGAIN)
                payload = catalog.EffectUnknown(key=effect.key, reason=answer.message, look_up_at=later)
        self._append(tx, effect, payload)

    def _done(self, effect: Effect, receipt: dict[str, Any], *, found: bool = False) -> catalog.Payload:
        if effect.mode == "sandbox":
            return catalog.EffectCaptured(key=effect.key, receipt=receipt)
        return catalog.EffectSucceeded(key=effect.key, receipt=receipt, found=found)

    def _claim(self, effect: Effect) -> bool:
        """Take the effect for this worker; False where it is not due, or somebody else was first."""
        self.connector(effect)
        with self.log.database.write() as tx:
            now = self.log.clock.now()
            fresh = ledger.get(tx, effect.key)
            self._must_be_free(tx, fresh)
            early = fresh.state == "approved" and (fresh.not_before or "") > to_text(now)
            if fresh.state not in READY or early or goes_first(tx, fresh):
                return False
            if (not_now := self.admission.admit(tx, fresh)) is not None:
                if fresh.state != "buffered" or (fresh.not_before or "") <= to_text(now):
                    self._append(tx, fresh, buffered(fresh, not_now))
                return False
            until = to_text(now + self.lease)
            claim = catalog.EffectClaimed(key=fresh.key, attempt=fresh.attempt + 1, worker=this_worker(), until=until)
            self._append(tx, fresh, claim)
            return True

    def _must_be_free(self, tx: Connection, effect: Effect) -> None:
        stops = switches.stopped(tx)
        if switches.ALL in stops or effect.connector in stops:
            raise Paused(f"Outgoing {effect.connector} is stopped by the owner.", "Release it to let it go out.")
        if self.admission.is_parked(tx, effect):
            raise Paused(
                f"{effect.key} was decided for live, and {effect.connector} is in the sandbox now.",
                f"Switch it back: aios connectors use {effect.connector} live. Or undo it in the Outbox.",
            )
        if tx.scalar(_PAUSED, {"case_id": effect.case_id}):
            raise Paused(f"Case {effect.case_id} is paused.", f"Resume it: aios cases resume {effect.case_id}")

    def _can_go_on(self, effect: Effect, parked: set[str]) -> bool:
        """Whether nobody is at it, and, where it would go out, its connector is in the mode it was decided for."""
        if effect.state == "claimed":
            return not self._is_held(effect)
        return effect.state not in READY or effect.mode != "live" or effect.connector not in parked

    def _is_held(self, effect: Effect) -> bool:
        in_time = (effect.claimed_until or "") > to_text(self.log.clock.now())
        return in_time and not is_dead(effect.worker)

    def connector(self, effect: Effect) -> Connector:
        """What carries the effect out, in the mode it was approved for; `Paused` where that is not set up."""
        connector = self.connectors.get((effect.connector, effect.mode))
        if connector is None:
            raise Paused(
                f"{effect.key} was decided for {effect.mode}, where this version of aios has no {effect.connector}.",
                "Start the version that made it, or undo it in the Outbox.",
            )
        return connector

    def _request(self, effect: Effect) -> dict[str, Any]:
        with self.log.database.read() as connection:
            return blobs.get_json(connection, effect.request)

    def _read(self, key: str) -> Effect:
        with self.log.database.read() as connection:
            return ledger.get(connection, key)

    def _append(self, tx: Connection, effect: Effect, payload: catalog.Payload) -> None:
        self.log.append(tx, NewEvent(f"effect/{effect.key}", payload, case_id=effect.case_id))


def blocked_by(effect: Effect) -> Blocked:
    """Why an effect that is not done is not: what its step should say when it ends without output."""
    waits = {
        "proposed": "The owner decides first.",
        "approved": f"It goes out at {effect.not_before or 'once'}; until then it can be undone.",
        "buffered": effect.reason,
        "claimed": "Another run is carrying it out.",
        "unknown": "Nobody knows whether it went out; the owner says.",
        "withdrawn": f"It does not go out: {effect.reason}.",
    }
    return Blocked(waits.get(effect.state, effect.reason), effect.remedy)
