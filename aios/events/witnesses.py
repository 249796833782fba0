"""What the seals and the files of closed days say against the log, also where its chain was computed anew."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Connection

from aios.errors import Tampered
from aios.events.catalog import LogSealed
from aios.events.certificates import Certificates
from aios.events.chain import Row, raw_rows
from aios.events.comparison import compare
from aios.events.episodes import read_rows
from aios.events.finding import Finding
from aios.events.merkle import merkle_root
from aios.events.seals import Seal, hashes_between, next_day, seal_of
from aios.events.tables import events
from aios.events.tail import GENESIS


@dataclass
class SealCheck:
    """The seals by day, those whose events are not the ones that were sealed, and what is wrong with the seals."""

    seals: dict[str, Seal] = field(default_factory=dict[str, Seal])
    broken: list[Seal] = field(default_factory=list[Seal])
    findings: list[Finding] = field(default_factory=list[Finding])

    def day_of(self, position: int) -> str:
        """The sealed day of a position; empty where it has none yet."""
        return next((seal.day for seal in self.seals.values() if seal.first <= position <= seal.last), "")


def check_seals(connection: Connection) -> SealCheck:
    """Follow the seals, and compute each day's root again."""
    check, before, after = SealCheck(), None, 0
    while page := raw_rows(connection, sa.and_(events.c.position > after, events.c.type == LogSealed.type)):
        for row in page:
            before = _check_seal(connection, check, row, before) or before
        after = page[-1]["position"]
    return check


def _check_seal(connection: Connection, check: SealCheck, row: Row, before: Seal | None) -> Seal | None:
    at = row["position"]
    try:
        seal = seal_of(LogSealed.model_validate(row["payload"]))
        follows = _follows(seal, before)
    except (ValidationError, ValueError):
        check.findings.append(_seal_finding(at, f"the seal at position {at} cannot be read", "", row))
        return None
    if not follows:
        check.findings.append(
            _seal_finding(at, f"the seal of {seal.day} does not follow the one before", seal.day, row)
        )
    if merkle_root(hashes_between(connection, seal.first, seal.last)) != seal.root:
        check.broken.append(seal)
    check.seals[seal.day] = seal
    return seal


def _follows(seal: Seal, before: Seal | None) -> bool:
    if seal.count != seal.last - seal.first + 1 or seal.previous != (before.digest if before else GENESIS):
        return False
    return before is None or (seal.day, seal.first) == (next_day(before.day), before.last + 1)


def _seal_finding(position: int, problem: str, day: str, row: Row | None = None) -> Finding:
    row = row or {}
    return Finding("seal", position, problem, day, row.get("id", ""), row.get("type", ""))


def check_files(
    connection: Connection, check: SealCheck, folder: Path, suspected: set[str], certificates: Certificates
) -> tuple[int, list[Finding]]:
    """How many files agree with the log, and what the others say. `suspected` are days of which the chain says ill."""
    agree, findings = 0, list[Finding]()
    accused: dict[str, list[Row]] = {}
    broken = {seal.day for seal in check.broken} | suspected
    for path in sorted(folder.glob("????-??-??.parquet")):
        day, seal = path.stem, check.seals.get(path.stem)
        try:
            rows = read_rows(path)
        except Tampered as error:
            findings.append(_file_finding(seal, day, error.message.rstrip(".")))
            continue
        sealed = seal is not None and merkle_root([row["hash"] for row in rows]) == seal.root
        wrong = [row for row in rows if not certificates.is_whole_in_file(row)]
        if wrong or not _is_linked(rows):
            findings += _wrong_in_file(wrong, seal, day)
        elif sealed and day not in broken:
            agree += 1
        else:
            accused[day] = rows
            if seal is None:
                findings.append(_seal_finding(rows[0]["position"] if rows else 1, f"the seal of {day} is missing", day))
    return agree, findings + _compared(connection, check, accused, broken)


def _compared(
    connection: Connection, check: SealCheck, accused: dict[str, list[Row]], broken: set[str]
) -> list[Finding]:
    """The log beside the files of accused days. Where log and seal agree, one cannot say which side was rewritten."""
    ids = {row["id"] for rows in accused.values() for row in rows}
    found: list[Finding] = []
    for day, rows in accused.items():
        differences = compare(connection, day, rows, ids)
        if day in check.seals and day not in broken:
            either = "; the log and its seals were rewritten, or the file of the day was"
            differences = [replace(each, problem=each.problem + either) for each in differences]
            differences = differences or [
                _file_finding(check.seals[day], day, f"the file of {day} and its seal differ")
            ]
        found += differences
    return found


def _is_linked(rows: list[Row]) -> bool:
    return all(
        (after["previous_hash"], after["position"]) == (row["hash"], row["position"] + 1)
        for row, after in pairwise(rows)
    )


def _wrong_in_file(wrong: list[Row], seal: Seal | None, day: str) -> list[Finding]:
    """The events in a file that are not what their own hashes say, or that its events do not follow each other."""
    if not wrong:
        return [_file_finding(seal, day, f"in the file of {day}, events are missing or reordered")]
    said = "in the file of {}, event {} ({}) was changed"
    return [
        Finding("file", row["position"], said.format(day, row["position"], row["type"]), day, row["id"], row["type"])
        for row in wrong
    ]


def _file_finding(seal: Seal | None, day: str, problem: str) -> Finding:
    return Finding("file", seal.first if seal else 1, problem, day)


def unexplained(check: SealCheck, findings: list[Finding], folder: Path | None) -> list[Finding]:
    """The first day whose events are not those that were sealed, where nothing says which of them it is."""
    for seal in check.broken:
        if any(each.kind not in ("seal", "file") and each.position <= seal.last for each in findings):
            return []
        where = f"events {seal.first} to {seal.last}" if seal.count else "no event"
        lost = folder is None or not (folder / f"{seal.day}.parquet").exists()
        why = ", and without the file of that day nothing says which" if lost else ""
        return [_seal_finding(seal.first, f"{where} of {seal.day} are not what was sealed{why}", seal.day)]
    return []
