"""A prepared statement does what the same statement does through SQLAlchemy, on both stores."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError

from aios.cases.tables import artifacts, cases
from aios.clock import to_text
from aios.database.among import among
from aios.database.engine import Database
from aios.database.gathered import Gathered
from aios.database.prepared import Prepared
from aios.errors import InvalidInput
from tests.policing import NOW

RECORD = Prepared(sa.insert(artifacts))
FIND = Prepared(sa.select(artifacts).where(artifacts.c.case_id == sa.bindparam("case_id")).limit(1))
EACH = Prepared(sa.select(artifacts).where(among(artifacts.c.case_id, "ids")).order_by(artifacts.c.case_id))
MOVE = Prepared(sa.update(artifacts).where(artifacts.c.case_id == sa.bindparam("moved")))

pytestmark = pytest.mark.breaks_promises  # rows without the events that they should follow from


def row(case_id: str, **values: Any) -> dict[str, Any]:
    said = {"case_id": case_id, "step": "reply", "version": 1, "blob": "b", "inputs": {"ü": [1, None]}}
    return {**said, "provenance": {}, "delta": [], "event_id": "ev_1", "at": to_text(NOW), **values}


def test_a_prepared_statement_writes_and_finds_what_the_statement_itself_does(database: Database) -> None:
    with database.write() as tx:
        RECORD.write(tx, row("lead-1"))
        RECORD.write(tx, [row("lead-2"), row("lead-3")])
        MOVE.write(tx, {"moved": "lead-2", "step": "draft"})
        tx.execute(RECORD.statement, row("lead-4"))
        usual = tx.execute(sa.select(artifacts).order_by(artifacts.c.case_id)).all()
        found = [FIND.first(tx, case_id=one.case_id) for one in usual]
        assert [one._asdict() for one in found] == [one._asdict() for one in usual]
        assert [one.step for one in found] == ["reply", "draft", "reply", "reply"]
        assert found[0].inputs == {"ü": [1, None]}
        assert FIND.first(tx, case_id="lead-9") is None
        assert [tuple(one) for one in EACH.all(tx, ids=["lead-4", "it's", "lead-1"])] == [
            tuple(found[0]),
            tuple(found[3]),
        ]
        assert EACH.all(tx, ids=[]) == []


def test_sqlite_looks_a_list_up_by_the_index(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'aios.db'}")
    with database.write() as tx:
        artifacts.create(tx)
        told = str(EACH.statement.compile(database.engine))  # type: ignore[attr-defined]
        plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}", ('["lead-1"]',)).all()
    database.close()
    assert any(row.detail.startswith("SEARCH artifacts") for row in plan), plan


def test_its_errors_are_those_that_the_statement_itself_has(database: Database) -> None:
    with database.write() as tx:
        RECORD.write(tx, row("lead-1"))
    with pytest.raises(IntegrityError), database.write() as tx:
        RECORD.write(tx, row("lead-1", blob="secret"))
    with pytest.raises(InvalidInput), database.write() as tx:
        RECORD.write(tx, row("lead-2", blob="\x00"))
    with pytest.raises(InvalidInput), database.read() as connection:
        FIND.first(connection, case_id="\ud800")
    with pytest.raises((StatementError, sa.exc.InvalidRequestError)), database.read() as connection:
        FIND.first(connection)


def test_a_write_that_waits_for_others_comes_before_what_reads_it(database: Database) -> None:
    with database.write() as tx:
        gathered: Any = Gathered(tx)
        RECORD.write(gathered, row("lead-1"))
        gathered.execute(sa.insert(artifacts), row("lead-2"))
        MOVE.write(gathered, {"moved": "lead-2", "step": "draft"})
        assert tx.scalar(sa.select(sa.func.count()).select_from(artifacts)) == 0
        assert FIND.first(gathered, case_id="lead-2").step == "draft"
        MOVE.write(gathered, {"moved": "lead-1", "step": "sent"})
        gathered.flush()
        assert FIND.first(tx, case_id="lead-1").step == "sent"


def test_a_database_that_somebody_else_holds_is_busy_in_the_usual_words(tmp_path: Path) -> None:
    first, second = (Database(f"sqlite:///{tmp_path / 'aios.db'}") for _ in range(2))
    with second.engine.connect() as connection:
        connection.connection.execute("PRAGMA busy_timeout=1")  # pyright: ignore[reportAttributeAccessIssue]
    with first.write() as tx:
        cases.create(tx)
        with pytest.raises(sa.exc.OperationalError, match="locked"), second.write():
            pass
    first.close()
    second.close()
