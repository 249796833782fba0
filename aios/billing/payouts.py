"""Which entries of a statement are payouts of Stripe, by what Stripe told: the sum, and about when it arrives."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from aios.billing.entries import BankEntry
from aios.events.catalog import PaymentReceived, PayoutPaid
from aios.events.log import EventLog

AROUND = timedelta(days=7)
"""How far the day of an entry may be from the one on which Stripe says that the bank has the money."""

MOST = 5000


def payouts_in(log: EventLog, connection: Connection, entries: Sequence[BankEntry], *, live: bool) -> dict[str, str]:
    """Stripe's ids of the payouts, by the entries that bring them; none for an entry that could be one of several."""
    told = [event.payload for event in log.read(connection, types=("payout.paid",), limit=MOST, newest_first=True)]
    facts = [each for each in told if isinstance(each, PayoutPaid) and (each.live or not live)]
    fitting = {entry.id: [each.object for each in facts if _fits(entry, each)] for entry in entries if entry.amount > 0}
    single = {entry_id: ids[0] for entry_id, ids in fitting.items() if len(ids) == 1}
    return {entry_id: id_ for entry_id, id_ in single.items() if list(single.values()).count(id_) == 1}


def numbers_of_payments(log: EventLog, connection: Connection) -> dict[str, str]:
    """The numbers of invoices that payments at Stripe were for, by Stripe's ids of the payments."""
    told = [event.payload for event in log.read(connection, types=("payment.received",), limit=MOST, newest_first=True)]
    return {each.payment: each.number for each in told if isinstance(each, PaymentReceived) and each.payment}


def _fits(entry: BankEntry, payout: PayoutPaid) -> bool:
    if (entry.amount, entry.currency) != (payout.amount, payout.currency.upper()) or not entry.booked:
        return False
    arrives = (payout.arrives_at or payout.happened_at)[:10]
    return abs(date.fromisoformat(entry.booked) - date.fromisoformat(arrives)) <= AROUND
