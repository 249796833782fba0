"""`Gathered`: holds back what is written in a transaction, so that many rows go to the store in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from aios.database.prepared import Gathering, Prepared


class Gathered(Gathering):
    """Stands in for a write transaction towards writers whose tables do not refer to each other.

    Each table's writes keep their order, and a read sees all that was written before it. Without it, deriving the
    tables from a long log would be one statement after another. Nothing is written for good before `flush`.
    """

    def __init__(self, tx: Connection) -> None:
        self.tx = tx
        self._waiting: dict[Any, list[tuple[sa.UpdateBase | Prepared, list[Mapping[str, Any]]]]] = {}

    @property
    def dialect(self) -> Dialect:
        """The store's, as of the transaction."""
        return self.tx.dialect

    def execute(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> Any:
        """Hold back a write with its parameters, of one row or several; run anything else, after what waits."""
        if parameters is None or not isinstance(statement, sa.UpdateBase) or len(statement.exported_columns):
            self.flush()
            return self.tx.execute(statement, parameters)
        self._hold(statement.table, statement, parameters)
        return None

    def gather(self, statement: Prepared, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        """Hold back a prepared write."""
        self._hold(cast(sa.UpdateBase, statement.statement).table, statement, rows)

    def scalar(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Any:
        """Read one value, after what waits is written."""
        self.flush()
        return self.tx.scalar(statement, parameters)

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, {}
        for writes in waiting.values():
            for statement, rows in writes:
                if isinstance(statement, Prepared):
                    statement.write(self.tx, rows)
                else:
                    self.tx.execute(statement, rows)

    def _hold(
        self, table: Any, statement: sa.UpdateBase | Prepared, given: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> None:
        waiting = self._waiting.setdefault(table, [])
        rows = [given] if isinstance(given, Mapping) else list(given)
        if waiting and waiting[-1][0] is statement and waiting[-1][1][0].keys() == rows[0].keys():
            waiting[-1][1].extend(rows)
        else:
            waiting.append((statement, rows))
