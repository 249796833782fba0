"""Approved effects on a bare ledger, and processes of their own that carry them out and may be killed."""

import os
from datetime import timedelta
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy.engine import Connection

from aios.cases.projection import CaseProjection
from aios.clock import Clock, SystemClock, to_text
from aios.connectors.base import Connector
from aios.database import blobs
from aios.database.engine import Database
from aios.decisions.projection import DecisionProjection
from aios.effects.executor import Executor
from aios.effects.ledger import EffectProjection
from aios.effects.switches import SwitchProjection
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.intake.projection import QuarantineProjection
from tests.forking import CONTEXT


def open_log(database: Database, clock: Clock) -> EventLog:
    """The log with what follows from effects."""
    projections = (
        CaseProjection(),
        DecisionProjection(),
        EffectProjection(),
        SwitchProjection(),
        QuarantineProjection(),
    )
    return EventLog(database, clock, projections)


def open_executor(log: EventLog, connector: Connector) -> Executor:
    """An executor with this connector alone."""
    return Executor(log, {(connector.name, connector.mode): connector}, timedelta(seconds=60))


def approve(
    log: EventLog,
    connector: Connector,
    operation: str,
    request: dict[str, Any],
    key: str,
    case: str,
    priority: int = 1,
) -> None:
    """An effect that a rule has allowed, due at once."""
    with log.database.write() as tx:
        approve_in(tx, log, connector, operation, request, key, case, priority)


def approve_in(
    tx: Connection,
    log: EventLog,
    connector: Connector,
    operation: str,
    request: dict[str, Any],
    key: str,
    case: str,
    priority: int = 1,
) -> None:
    """The same in a transaction of the caller."""
    blob = blobs.put_json(tx, request)
    proposed = catalog.EffectProposed(
        key=key,
        connector=connector.name,
        operation=operation,
        request=blob,
        inputs={},
        verdict="allow",
        rule="let-it-go",
        reason="",
        mode=connector.mode,
        step="test",
        priority=priority,
    )
    now = to_text(log.clock.now())
    approved = catalog.EffectApproved(key=key, request=blob, rule="let-it-go", not_before=now)
    log.append_all(tx, [NewEvent(f"effect/{key}", each, case) for each in (proposed, approved)])


def worker(database_url: str, name: str, settings: dict[str, Any], key: str, fault: str = "") -> BaseProcess:
    """A process that carries the effect out; `fault` is where it kills itself."""
    process = CONTEXT.Process(target=_carry, args=(database_url, name, settings, key, fault))
    process.start()
    return process


def _carry(database_url: str, name: str, settings: dict[str, Any], key: str, fault: str) -> None:
    from tests.contracts.subject import build

    database, clock = Database(database_url), SystemClock()
    executor = open_executor(open_log(database, clock), build(name, settings, clock))
    os.environ["AIOS_FAULT"] = fault
    executor.carry_out(key)
    database.close()
