"""What a lead looks up on its way takes no longer when the log has grown: every look-up goes by a key."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from aios.clock import ManualClock
from aios.database import prepared
from aios.database.engine import Database
from aios.events.log import EventLog
from tests.company import found_company
from tests.test_lead_intake import ASKS

GROWING = ("events", "cases", "artifacts", "blobs", "decisions", "effects", "contacts", "contact_aliases")


@contextmanager
def overheard(database: Database) -> Iterator[dict[str, Any]]:
    """Every statement of the block that finds rows, with the parameters of its first time."""
    heard: dict[str, Any] = {}

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            heard.setdefault(statement, parameters)

    sa.event.listen(database.engine, "before_cursor_execute", listen)
    yield heard
    sa.event.remove(database.engine, "before_cursor_execute", listen)


def plans(database: Database, heard: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each step of SQLite's plan for each statement."""
    with database.read() as connection:
        for statement, parameters in heard.items():
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                yield row.detail, statement


def test_nothing_on_the_way_of_a_lead_reads_a_growing_table_from_end_to_end(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "_is_sqlite", lambda _connection: False)  # prepared statements are heard too
    company = found_company(home)
    company.learn()
    database = company.kernel.database
    with overheard(database) as heard:
        for number in range(2):
            case_id = company.mail(f"{ASKS}\nPS {number}", id=f"m{number}", email=f"ana{number}@lead.example")
            company.work()
            company.answer(case_id)
        company.pass_undo_window()
    assert any("FROM events" in statement for statement in heard)
    for step, statement in plans(database, heard):
        scanned = re.match(r"SCAN (\w+)", step)
        assert not (scanned and scanned[1] in GROWING), f"{step}: {statement}"
        assert "ix_decisions_status" not in step, f"goes through every open decision: {statement}"
        if "ix_events_type" in step and "ORDER BY events.position DESC" not in statement:
            assert "rowid>" in step, f"goes through every event of the type: {statement}"
        if "events.case_id = ?" in statement and "SEARCH events" in step and "(stream=?)" not in step:
            by_case = "ix_events_case_id_type" in step or "ix_events_forgotten (case_id=?)" in step
            assert by_case, f"{step} goes through other cases: {statement}"
        if "max(cases.number)" in statement:
            assert "ix_cases_process_number" in step, f"counts every case: {statement}"
    company.kernel.close()


def test_one_type_of_event_in_one_case_is_found_by_both(sqlite_file: Path) -> None:
    database = Database(f"sqlite:///{sqlite_file}")
    with overheard(database) as heard, database.read() as connection:
        EventLog(database, ManualClock()).read(connection, case_id="lead-0001", types=["case.opened"])
    [(step, _)] = plans(database, heard)
    assert "ix_events_case_id_type (case_id=? AND type=? AND rowid>?)" in step
    database.close()
