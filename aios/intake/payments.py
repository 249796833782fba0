"""`PaymentEvents`: asks Stripe what has happened, so that an outage of its webhooks, or of ours, loses nothing."""

import json
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from aios.clock import Clock
from aios.connectors.payments.contract import PAYMENTS
from aios.connectors.payments.stripe import StripePayments
from aios.connectors.webhooks.incoming import STRIPE, Delivery, delivery_of
from aios.database.engine import Database
from aios.database.upsert import insert_or_renew
from aios.errors import HardFailure
from aios.events.tables import events
from aios.intake.intake import Intake
from aios.intake.receipt import Receipt
from aios.intake.tables import event_cursors
from aios.settings import Settings

FIRST = timedelta(days=7)
"""How far back the first poll asks; Stripe keeps thirty days."""

OVERLAP = timedelta(hours=1)
"""How far behind the newest known event each poll asks again: an event may be listed later than it happened."""

PATIENCE_SECONDS = 20.0
"""A poll asks for no further page after this long; the next one goes on. Dagster gives a sensor's tick a minute."""

POLL = "intake:poll"


@dataclass(frozen=True)
class _Cursor:
    """Everything up to `since` (seconds) was read. Of the backlog from `newest` down to it, all up to `after` was."""

    since: int
    newest: int
    after: str = ""


class PaymentEvents:
    """The events of the account of `STRIPE_API_KEY`. What came by webhook is known by its id, and not taken again."""

    def __init__(self, settings: Settings, intake: Intake, database: Database, clock: Clock) -> None:
        self.settings = settings
        self.stripe = StripePayments(settings, clock)
        self.intake = intake
        self.database = database
        self.clock = clock
        self.patience = PATIENCE_SECONDS

    @property
    def configured(self) -> bool:
        """Whether there is a key now."""
        return PAYMENTS.configured(self.settings)

    @property
    def account(self) -> str:
        """The account of the key as it is now; with a renewed one, a week is read again and recognised."""
        return PAYMENTS.account(self.settings)

    def poll(self) -> list[Receipt]:
        """Take in what is new, until `patience` is over; nothing where no account is set. Writes only what is new.

        Raises `SoftFailure` or `HardFailure`.
        """
        if not self.configured:
            return []
        receipts: list[Receipt] = []
        start = cursor = self._cursor()
        until = time.monotonic() + self.patience
        more = True
        while more and (cursor == start or time.monotonic() < until):
            things, more = self._page(cursor)
            receipts += [self._receive(each) for each in self._unknown(things)]
            newest = max([cursor.newest, *(int(thing.get("created") or 0) for thing in things)])
            cursor = replace(cursor, newest=newest, after=str(things[-1].get("id")) if more and things else "")
            more = more and bool(things)
        if not more:
            cursor = _Cursor(cursor.newest, cursor.newest)
        if cursor != start:
            self._remember(cursor)
        return receipts

    def _page(self, cursor: _Cursor) -> tuple[list[dict[str, Any]], bool]:
        since = cursor.since - int(OVERLAP.total_seconds())
        try:
            return self.stripe.events(since, cursor.after)
        except HardFailure:
            if cursor.after:  # Stripe may no longer have the one that we go on behind
                self._remember(_Cursor(cursor.since, cursor.since))
            raise

    def _unknown(self, things: list[dict[str, Any]]) -> list[Delivery]:
        """Those that the log does not have, the oldest first."""
        told = [delivery_of(STRIPE, "", json.dumps(thing).encode()) for thing in reversed(things)]
        known = sa.select(events.c.source_id).where(
            events.c.source == f"webhook:{STRIPE}", events.c.source_id.in_([each.id for each in told])
        )
        with self.database.read() as connection:
            there = set(connection.scalars(known))
        return [each for each in told if each.id not in there]

    def _receive(self, told: Delivery) -> Receipt:
        return self.intake.receive_webhook(told, actor=POLL)

    def _cursor(self) -> _Cursor:
        kept = sa.select(event_cursors.c.since, event_cursors.c.newest, event_cursors.c.after)
        with self.database.read() as connection:
            row = connection.execute(kept.where(event_cursors.c.account == self.account)).first()
        if row is not None:
            return _Cursor(*row)
        first = int((self.clock.now() - FIRST).timestamp())
        return _Cursor(first, first)

    def _remember(self, cursor: _Cursor) -> None:
        row = {"account": self.account, "since": cursor.since, "newest": cursor.newest, "after": cursor.after}
        with self.database.write() as tx:
            tx.execute(insert_or_renew(tx, event_cursors), row)
