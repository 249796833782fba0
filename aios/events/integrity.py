"""Verify the log; rebuild the projections from the log; compare them by digest."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.events.chain import PAGE, chain_findings, walk
from aios.events.finding import Finding
from aios.events.log import EventLog
from aios.events.witnesses import check_files, check_seals, unexplained
from aios.ids import digest


@dataclass(frozen=True)
class Verification:
    """What was found in the log. `broken_at` and `problem` are those of the first finding; 0 and empty if all fits.

    `sealed` is the newest sealed day, `seals` how many there are, `files` how many days' files agree with the log,
    `forgotten` how many events were emptied on request, each named by a certificate.
    """

    events: int
    broken_at: int
    problem: str
    findings: tuple[Finding, ...] = ()
    sealed: str = ""
    seals: int = 0
    files: int = 0
    forgotten: int = 0

    @property
    def ok(self) -> bool:
        """Whether the log is whole."""
        return not self.findings


def verify(log: EventLog, folder: Path | None = None) -> Verification:
    """Walk the chain, and hold it against its seals and, where a folder is given, the files of closed days.

    Finds each event that was changed, removed, added or reordered, also where the chain was computed anew after it.
    """
    with log.database.read() as connection:
        walked = walk(connection)
        check = check_seals(connection)
        findings = [replace(each, day=check.day_of(each.position)) for each in chain_findings(walked)]
        suspected = {each.day for each in findings} - {""}
        files, told = check_files(connection, check, folder, suspected, walked.certificates) if folder else (0, [])
    findings = _joined(findings, told) + check.findings
    findings += unexplained(check, findings, folder)
    findings.sort(key=lambda each: (each.kind in ("seal", "file"), each.position))
    first = findings[0] if findings else None
    return Verification(
        events=walked.events,
        broken_at=first.position if first else 0,
        problem=first.problem if first else "",
        findings=tuple(findings),
        sealed=max(check.seals, default=""),
        seals=len(check.seals),
        files=files,
        forgotten=walked.forgotten,
    )


def _joined(chain: list[Finding], told: list[Finding]) -> list[Finding]:
    """What the chain says and what the files say, each event once: a file knows what it was before."""
    known = {(each.kind, key) for each in told for key in (each.event_id, each.position)}
    return [each for each in chain if not {(each.kind, each.event_id), (each.kind, each.position)} & known] + told


def rebuild(log: EventLog, progress: Callable[[int], None] = lambda _: None) -> int:
    """Empty every projection and derive it again from the log, in one transaction; returns the events replayed."""
    with log.database.write() as tx:
        return rebuild_within(tx, log, progress)


def rebuild_within(tx: Connection, log: EventLog, progress: Callable[[int], None] = lambda _: None) -> int:
    """`rebuild` in a transaction of the caller."""
    done = 0
    for table in (table for projection in log.projections for table in reversed(projection.tables)):
        tx.execute(sa.delete(table))
    while batch := log.read(tx, after=done, limit=PAGE):
        log.project(tx, batch)
        done = batch[-1].position
        progress(done)
    return done


def projection_digests(log: EventLog) -> dict[str, str]:
    """For each projection table, a digest of its rows in the order of their keys."""
    with log.database.read() as connection:
        return {
            table.name: _table_digest(connection, table)
            for projection in log.projections
            for table in projection.tables
        }


def _table_digest(connection: Connection, table: sa.Table) -> str:
    rows = connection.execute(sa.select(table).order_by(*table.primary_key.columns))
    return digest([[_plain(value) for value in row] for row in rows])


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value
