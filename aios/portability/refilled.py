"""An empty database filled from an export: its blobs, its events in their order, and every table that follows."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from aios.budgets.tables import reservations
from aios.database.blobs import put_bytes
from aios.database.schema import metadata
from aios.effects import switches
from aios.errors import InvalidInput
from aios.events.catalog import CATALOG, BudgetSettled, OutgoingStopped
from aios.events.certificates import Certificates
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.events.tables import events, log_head
from aios.events.tail import GENESIS, event_hash
from aios.faults import reach
from aios.portability.archive import AGAIN, NEWER, Archive
from aios.portability.layout import BLOB_LIST, EVENTS, ROWS, TRAVELLING, BlobRow, EventRow
from aios.portability.snapshot import PAGE, Progress

STOPPED = "This home was made from an export: release only when the old home sends nothing more."
"""Why everything that goes out is stopped after an import."""

T = TypeVar("T")


def fill(tx: Connection, log: EventLog, archive: Archive, progress: Progress) -> None:
    """Everything the archive holds, in the order of the log; what it held back for the old home's work is let go.

    Raises `InvalidInput` where the archive is not what an export would be; the caller's transaction then leaves
    nothing.
    """
    try:
        _fill_blobs(tx, archive, progress)
        _fill_events(tx, log, archive, progress)
        _fill_rows(tx, archive)
    except (ValidationError, SQLAlchemyError, RecursionError, ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0][:200]
        raise InvalidInput(f"{archive.file} holds what no log would: {reason}.", AGAIN) from error
    log.append_all(tx, [*_unsettled(tx), _stop()])


def _fill_blobs(tx: Connection, archive: Archive, progress: Progress) -> None:
    done, last = 0, ""
    for done, line in enumerate(archive.lines(BLOB_LIST), 1):
        row = BlobRow.model_validate_json(line)
        if row.digest <= last:
            raise InvalidInput(f"{archive.file}: the list of blobs is not in order.", AGAIN)
        last = row.digest
        put_bytes(tx, archive.blob(row), row.media_type)
        progress("blobs", done)
    if done != archive.manifest.blobs:
        raise InvalidInput(f"{archive.file} does not list the blobs that its manifest names.", AGAIN)


def _fill_events(tx: Connection, log: EventLog, archive: Archive, progress: Progress) -> None:
    done, head = 0, GENESIS
    for rows in _batches(_chained(archive)):
        tx.execute(sa.insert(events), rows)
        log.project(tx, log.read(tx, after=done, limit=PAGE))
        done, head = rows[-1]["position"], rows[-1]["hash"]
        reach("taken in")
        progress("events", done)
    if (done, head) != (archive.manifest.events, archive.manifest.head):
        raise InvalidInput(f"{archive.file} does not hold the events that its manifest names.", AGAIN)
    if done:
        tx.execute(sa.insert(log_head), {"id": 1, "position": done, "hash": head})
    _check_forgotten(tx, archive)


def _check_forgotten(tx: Connection, archive: Archive) -> None:
    """What was emptied on request is what its certificate, which comes later in the log, has left of it."""
    certificates = Certificates.of(tx)
    named = events.c.position.in_(sorted(certificates.named)) | events.c.forgotten_by.is_not(None)
    for row in tx.execute(sa.select(events).where(named).order_by(events.c.position)).mappings():
        if not certificates.is_whole(dict(row)):
            raise InvalidInput(f"{archive.file}: event {row['position']} is not as it was written.", AGAIN)


def _chained(archive: Archive) -> Iterator[dict[str, Any]]:
    """The lines of the log, each of a known kind and chained to the one before."""
    head = GENESIS
    for position, line in enumerate(archive.lines(EVENTS), 1):
        row = dict(EventRow.model_validate_json(line))
        model = CATALOG.get(row["type"])
        if model is None or row["version"] > model.version:
            what = f"{row['type'][:60]!r} (version {row['version']})"
            raise InvalidInput(f"Event {position} is {what}, which this version does not know.", NEWER)
        is_whole = row["forgotten_by"] is not None or event_hash(row) == row["hash"]
        if not is_whole or (row["position"], row["previous_hash"]) != (position, head):
            raise InvalidInput(f"{archive.file}: event {position} is not as it was written.", AGAIN)
        head = row["hash"]
        yield row


def _fill_rows(tx: Connection, archive: Archive) -> None:
    """The rows that no event tells; a file that was written before there was such a table has none."""
    for name in archive.manifest.members:
        if not name.startswith(ROWS):
            continue
        table = name.removeprefix(ROWS).removesuffix(".jsonl")
        if table not in TRAVELLING:
            raise InvalidInput(f"{archive.file} holds rows of {table}, which this version does not know.", NEWER)
        for lines in _batches(archive.lines(name)):
            rows = [_values(metadata.tables[table], json.loads(line)) for line in lines]
            tx.execute(sa.insert(metadata.tables[table]), rows)


def _values(table: sa.Table, row: Any) -> dict[str, Any]:
    """The row as its table takes it; `ValueError` where its key is missing or a value is not of its column's type."""
    if not isinstance(row, dict) or not {*table.primary_key.columns.keys()} <= {*cast(dict[str, Any], row)}:
        raise ValueError(f"a row of {table.name} has no key")
    values: dict[str, Any] = {}
    for name, value in cast(dict[str, Any], row).items():
        column = table.c[name]
        is_binary = isinstance(column.type, sa.LargeBinary)
        values[name] = bytes.fromhex(value) if is_binary and value is not None else value
        fits = (value is None and column.nullable) or isinstance(values[name], column.type.python_type)
        if not fits:
            raise ValueError(f"{name} of a row is no {column.type.python_type.__name__}")
    return values


def _unsettled(tx: Connection) -> list[NewEvent]:
    """Money that calls of the old home still held is booked as spent, as that of a dead worker is."""
    held = tx.execute(sa.select(reservations).where(reservations.c.cost_micros.is_(None)).order_by("reservation_id"))
    return [
        NewEvent(
            f"budget/{row.day}",
            BudgetSettled(reservation_id=row.reservation_id, cost_micros=row.amount_micros, outcome="abandoned"),
            case_id=row.case_id or None,
            actor=switches.IMPORT,
        )
        for row in held
    ]


def _stop() -> NewEvent:
    stopped = OutgoingStopped(connector=switches.ALL, reason=STOPPED)
    return NewEvent(f"connector/{switches.ALL}", stopped, actor=switches.IMPORT)


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, PAGE)):
        yield batch
