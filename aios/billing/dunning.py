"""`Dunning`: which overdue invoices of ours somebody is to be reminded of, once per step, and when that must stop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.open_items import OpenItem, open_items
from aios.cases.cases import Case, Cases
from aios.cases.process import REMINDER
from aios.effects import ledger
from aios.effects.gate import Gate
from aios.events.catalog import ReminderDue
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.events.tables import events
from aios.identity.tables import contact_aliases
from aios.money import to_minor
from aios.policies.schema import Reminders

SOURCE = "reminder"
REMINDED = "reminded"
"""The outcome of a case whose reminder went out."""

PASSING = ("disputed", "paused")
"""Outcomes of a case whose reminder may still come."""

CHANGED = "what is open of the invoice has changed"
"""Why a reminder is written anew."""

CREDIT = "credit"
"""The source of drafts of credit notes; its ids are the keys of the invoices that they take back."""

_OF_INVOICE = sa.select(events.c.case_id, events.c.payload).where(
    events.c.stream == sa.bindparam("stream"), events.c.type == ReminderDue.type
)


@dataclass(frozen=True)
class Due:
    """A reminder that is due: of which invoice, and which step of the policy, counted from 1.

    `again` is the case of the step where it was begun before, and ended for a reason that holds no longer.
    """

    item: OpenItem
    level: int
    again: str = ""


@dataclass(frozen=True)
class Reminded:
    """A step that an invoice has come to: the day on which it was proposed, and the case of it."""

    level: int
    on: str
    case: Case


class Dunning:
    """Reminders of our invoices. What is due follows from the books and the log alone."""

    def __init__(self, log: EventLog, cases: Cases, gate: Gate) -> None:
        self.log = log
        self.cases = cases
        self.gate = gate
        self.policies = gate.policies

    def due(self, connection: Connection, day: date) -> list[Due]:
        """The reminders that were due at the end of the day, and still are now.

        The steps come in order, each once, the next one only when the one before has ended and its time has passed.
        """
        policy, today = self.policies.current(connection).reminders, self.log.clock.now().date()
        found = [self._due(connection, item, day, policy) for item in self.chased(connection, min(day, today))]
        owed = {item.key for item in self.chased(connection, today)}
        return [each for each in found if each and each.item.key in owed]

    def propose(self, day: date) -> list[str]:
        """Open a case for each reminder that was due on the day and still is; the ids of those that are new."""
        opened: list[str] = []
        with self.log.database.write() as tx:
            for each in self.due(tx, day):
                opened += self._open(tx, each)
        return opened

    def chased(self, connection: Connection, on: date) -> list[OpenItem]:
        """Our invoices that are overdue on the day, and that nothing speaks against chasing."""
        policy = self.policies.current(connection).reminders
        found = [item for item in open_items(connection, on=on) if item.direction == "receivable" and item.open > 0]
        overdue = [item for item in found if item.due and item.due < on.isoformat()]
        return [item for item in overdue if not self._objection(connection, item, policy)]

    def objection(self, connection: Connection, key: str, on: date) -> str:
        """Why nobody is to be reminded of it: `paid`, `disputed`, `credited` or `paused`; empty where nothing is."""
        item = next((each for each in open_items(connection, on=on) if each.key == key and each.open > 0), None)
        return self._objection(connection, item, self.policies.current(connection).reminders) if item else "paid"

    def item(self, connection: Connection, key: str, on: date) -> OpenItem | None:
        """What is open of the invoice on the day; None where nothing is."""
        return next((each for each in open_items(connection, on=on) if each.key == key), None)

    def reminded(self, connection: Connection, key: str) -> list[Reminded]:
        """The steps that the invoice has come to, in order."""
        rows = connection.execute(_OF_INVOICE, {"stream": stream_of(key)}).all()
        said = [(ReminderDue.model_validate(row.payload), row.case_id) for row in rows if row.case_id]
        found = [Reminded(each.level, each.on, self.cases.get(connection, case_id)) for each, case_id in said]
        return sorted(found, key=lambda each: each.level)

    def stop_settled(self, tx: Connection) -> list[str]:
        """End what is still to go out about invoices that are paid, disputed, credited or paused; the cases' ids."""
        ended: list[str] = []
        for case, said in self._open_cases(tx):
            if why := self.objection(tx, said.invoice, self.log.clock.now().date()):
                ended += [case.id] if self._end(tx, case, why) else []
        return ended

    def thought_over(self, tx: Connection, key: str) -> None:
        """Something has happened to the invoice: the reminder of it that waits is ended, or written anew."""
        for case, said in self._open_cases(tx):
            if said.invoice != key:
                continue
            if why := self.objection(tx, key, self.log.clock.now().date()):
                self._end(tx, case, why)
            else:
                self.cases.continue_(tx, case.id, REMINDER.steps[0], CHANGED)

    def _end(self, tx: Connection, case: Case, why: str) -> bool:
        """Nothing more is proposed in the case; what is on its way out already cannot be stopped."""
        if any(each.state in ledger.UNDER_WAY for each in ledger.of_case(tx, case.id)):
            return False
        self.gate.cancel(tx, case.id, f"the invoice is {why}")
        self.cases.close(tx, case.id, why)
        return True

    def _open_cases(self, tx: Connection) -> Iterator[tuple[Case, ReminderDue]]:
        for case in self.cases.list(tx, process=REMINDER.name, limit=10_000):
            said = self.log.get(tx, case.trigger).payload if case.status != "closed" else None
            if isinstance(said, ReminderDue):
                yield case, said

    def _due(self, connection: Connection, item: OpenItem, day: date, policy: Reminders) -> Due | None:
        before = self.reminded(connection, item.key)
        level = before[-1].level + 1 if before else 1
        if any(each.case.status != "closed" for each in before):
            return None
        if before and before[-1].case.outcome in PASSING:
            return Due(item, before[-1].level, before[-1].case.id)
        if level > len(policy.steps):
            return None
        wait = policy.steps[level - 1].days
        if (day - date.fromisoformat(item.due)).days < wait:
            return None
        if before and (day - date.fromisoformat(before[-1].on)).days < wait - policy.steps[level - 2].days:
            return None
        return Due(item, level)

    def _open(self, tx: Connection, due: Due) -> Sequence[str]:
        if due.again:
            self.cases.continue_(tx, due.again, REMINDER.steps[0], "nothing speaks against it any longer")
            return (due.again,)
        today = self.log.clock.now().date().isoformat()
        said = ReminderDue(invoice=due.item.key, number=due.item.name, level=due.level, on=today)
        case_id = self.cases.next_id(tx, REMINDER.name)
        new = NewEvent(stream_of(due.item.key), said, case_id, SOURCE, f"{due.item.key}/{due.level}")
        came = self.log.append(tx, new)
        if came.duplicate:
            return ()
        self.cases.open(tx, case_id, REMINDER.name, f"Reminder {due.level} of {due.item.name}", came.event.id)
        return (case_id,)

    def _objection(self, connection: Connection, item: OpenItem, policy: Reminders) -> str:
        if item.disputed:
            return "disputed"
        if self.log.find(connection, CREDIT, item.key) is not None:
            return "credited"
        paused = {each.casefold() for each in policy.pause}
        return "paused" if paused & {each.casefold() for each in self._names(connection, item)} else ""

    def _names(self, connection: Connection, item: OpenItem) -> set[str]:
        names = {item.name, item.key, item.party, item.contact_id}
        if item.contact_id:
            query = sa.select(contact_aliases.c.value).where(contact_aliases.c.contact_id == item.contact_id)
            names |= set(connection.scalars(query))
        return names - {""}


def stream_of(key: str) -> str:
    """The stream of the reminders of one invoice."""
    return f"reminders/{key}"


def interest_of(minor: int, percent: Decimal, due: date, on: date) -> int:
    """Interest on a sum from the day after it was due to the day `on`, that one included; in the same minor units.

    Actual days over 365, rounded half up once at the end: nothing is compounded.
    """
    days = max(0, (on - due).days)
    return to_minor(Decimal(minor) * percent * days / (100 * 365), "JPY")
