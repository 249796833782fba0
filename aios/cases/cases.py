"""`Cases`: open, continue, pause, close and list the cases of every process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.process import ProcessInfo
from aios.cases.tables import cases
from aios.database.prepared import Prepared
from aios.errors import Conflict, NotFound
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog

FORGOTTEN = "forgotten"
"""The outcome of a case whose person was forgotten on request; nothing more is done in it."""

ROLLBACK = "rollback"
"""The step that undoing a case belongs to; no process has one of that name."""

ROLLED_BACK = "rolled_back"
"""The outcome of a case that was undone as far as can be."""

ENDS_A_ROLLBACK = (ROLLED_BACK, "cancelled", FORGOTTEN)
"""Outcomes that end a rollback; what a step had still under way when it started does not."""

_BY_ID = Prepared(sa.select(cases).where(cases.c.id == sa.bindparam("id")))
_LAST_NUMBER = sa.select(sa.func.max(cases.c.number)).where(cases.c.process == sa.bindparam("process"))


@dataclass(frozen=True)
class Case:
    """A case as it stands. `status` is open, waiting, failed or closed; `paused` holds it whatever its status.

    `trigger` is the id of the event it now works on, `continued` the log position at which work was last asked for,
    `rollback` that at which the owner had it undone, while that goes on (otherwise 0).
    """

    id: str
    process: str
    process_version: str
    number: int
    title: str
    contact_id: str
    status: str
    step: str
    waiting_on: str
    outcome: str
    reason: str
    remedy: str
    paused: bool
    trigger: str
    continued: int
    rollback: int
    opened_at: str
    updated_at: str


class Cases:
    """The cases. A method that takes `tx` joins a write transaction of the caller; the others make their own."""

    def __init__(self, log: EventLog, processes: Mapping[str, ProcessInfo]) -> None:
        self.log = log
        self.processes = processes

    def next_id(self, tx: Connection, process: str) -> str:
        """The id that the next case of the process will have, such as `lead-0007`."""
        last = tx.scalar(_LAST_NUMBER, {"process": process})
        return f"{self.processes[process].prefix}-{(last or 0) + 1:04d}"

    def open(self, tx: Connection, case_id: str, process: str, title: str, trigger: str) -> None:
        """Open a case for the event `trigger`; the events sensor starts its chain."""
        version = self.processes[process].version
        self._say(tx, case_id, catalog.CaseOpened(
            case_id=case_id, process=process, process_version=version, title=title[:200], trigger=trigger
        ), caused_by=trigger)  # fmt: skip

    def continue_(
        self, tx: Connection, case_id: str, step: str, reason: str, *, trigger: str = "", actor: str = "system"
    ) -> None:
        """Ask for the steps from `step` on to run again, for a new message, feedback, or a retry."""
        payload = catalog.CaseContinued(step=step, reason=reason, trigger=trigger)
        self._say(tx, case_id, payload, caused_by=trigger or None, actor=actor)

    def name(self, tx: Connection, case_id: str, *, contact_id: str = "", title: str = "") -> None:
        """Give the case its contact, or a better title; says nothing where nothing changes."""
        now = self.get(tx, case_id)
        if (contact_id and contact_id != now.contact_id) or (title and title != now.title):
            self._say(tx, case_id, catalog.CaseNamed(contact_id=contact_id, title=title[:200]))

    def wait(self, tx: Connection, case_id: str, step: str, on: str, reason: str) -> None:
        """The case cannot go on by itself; says nothing where it already waits for the same."""
        now = self.get(tx, case_id)
        if (now.status, now.waiting_on, now.step, now.reason) != ("waiting", on, step, reason):
            self._say(tx, case_id, catalog.CaseWaiting(step=step, on=on, reason=reason))

    def fail(self, tx: Connection, case_id: str, failed: catalog.CaseFailed) -> None:
        """A step of the case failed."""
        self._say(tx, case_id, failed)

    def close(self, tx: Connection, case_id: str, outcome: str, reason: str = "", *, actor: str = "system") -> None:
        """The case is at its end; says nothing where it ended so before, or is being rolled back instead."""
        now = self.get(tx, case_id)
        if now.rollback and outcome not in ENDS_A_ROLLBACK:
            return
        if (now.status, now.outcome) != ("closed", outcome):
            self._say(tx, case_id, catalog.CaseClosed(outcome=outcome, reason=reason), actor=actor)

    def pause(self, case_id: str, *, actor: str, reason: str = "") -> None:
        """Hold the case: no step runs and nothing goes out until it is resumed."""
        with self.log.database.write() as tx:
            case = self.get(tx, case_id)
            if case.paused or case.status == "closed":
                state = "paused" if case.paused else "closed"
                raise Conflict(f"Case {case_id} is {state} already.", "There is nothing to hold.")
            self._say(tx, case_id, catalog.CasePaused(reason=reason), actor=actor)

    def resume(self, case_id: str, *, actor: str) -> None:
        """Let a paused case go on from where it stood."""
        with self.log.database.write() as tx:
            case = self.get(tx, case_id)
            if not case.paused:
                raise Conflict(f"Case {case_id} is not paused.", "Only a paused case can be resumed.")
            self._say(tx, case_id, catalog.CaseResumed(), actor=actor)
            if case.status != "closed":
                first = ROLLBACK if case.rollback else self._first_step(case)
                self.continue_(tx, case_id, first, "resumed", actor=actor)

    def retry(self, case_id: str, *, actor: str, step: str = "") -> None:
        """Run the steps from `step` (default: the first) again; effects already made are not made again."""
        with self.log.database.write() as tx:
            case = self.get(tx, case_id)
            steps = self.processes[case.process].steps
            if step and step not in steps:
                raise NotFound(f"{case.process} has no step {step!r}.", f"Its steps are {', '.join(steps)}.")
            if case.paused:
                raise Conflict(f"Case {case_id} is paused.", f"Resume it first: aios cases resume {case_id}")
            first = ROLLBACK if case.rollback else step or steps[0]
            self.continue_(tx, case_id, first, "retried by the owner", actor=actor)

    def roll_back(self, tx: Connection, case_id: str, *, actor: str) -> None:
        """From now on the case is undone, whatever asks for it to be worked on."""
        self._say(tx, case_id, catalog.RollbackStarted(), actor=actor)
        self.continue_(tx, case_id, ROLLBACK, "rolled back by the owner", actor=actor)

    def get(self, connection: Connection, case_id: str) -> Case:
        """The case of that id; `NotFound` where there is none."""
        row = _BY_ID.first(connection, id=case_id)
        if row is None:
            raise NotFound(f"There is no case {case_id}.", "List cases with `aios cases`.")
        return Case(**row._asdict())

    def list(
        self,
        connection: Connection,
        *,
        process: str = "",
        status: str = "",
        waiting_on: str = "",
        q: str = "",
        contact_ids: Sequence[str] = (),
        limit: int = 200,
    ) -> list[Case]:
        """Cases, the latest change first; `q` looks into id and title."""
        query = sa.select(cases).order_by(cases.c.updated_at.desc(), cases.c.id.desc()).limit(limit)
        if process:
            query = query.where(cases.c.process == process)
        if status:
            query = query.where(cases.c.status == status)
        if waiting_on:
            query = query.where(cases.c.waiting_on == waiting_on)
        if q:
            query = query.where(cases.c.title.icontains(q, autoescape=True) | cases.c.id.contains(q, autoescape=True))
        if contact_ids:
            query = query.where(cases.c.contact_id.in_(contact_ids))
        return [Case(**row) for row in connection.execute(query).mappings()]

    def counts(self, connection: Connection) -> dict[str, int]:
        """How many cases there are in each status, and how many are `paused`."""
        query = sa.select(cases.c.status, sa.func.count()).group_by(cases.c.status)
        found = {status: number for status, number in connection.execute(query)}
        held = connection.scalar(sa.select(sa.func.count()).where(cases.c.paused.is_(True))) or 0
        return {**found, "paused": held}

    def _first_step(self, case: Case) -> str:
        return self.processes[case.process].steps[0]

    def _say(
        self,
        tx: Connection,
        case_id: str,
        payload: catalog.Payload,
        *,
        caused_by: str | None = None,
        actor: str = "system",
    ) -> None:
        stream = f"case/{case_id}"
        self.log.append(tx, NewEvent(stream, payload, case_id=case_id, caused_by=caused_by, actor=actor))
