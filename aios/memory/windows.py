"""Windows: each indexed piece with its neighbours as arrays, kept in the process and renewed by what changed.

They hold numbers only, no words: 100,000 pieces are four megabytes.
"""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from aios.memory.tables import FACT, LINKS, memory_items, memory_lexical, memory_lexical_state

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_COLUMNS = ("number", "length", *LINKS, "believed")


@dataclass(frozen=True)
class Windows:
    """A column for each piece by its number: its length, its neighbours' numbers, whether it is believed, and counts.

    Facts about people are many and short: they are found, but do not count for how rare a word is, or how long a piece.
    The last column belongs to no piece: a neighbour that is not there is that one.
    """

    made: str
    generation: int
    table: "NDArray[np.int32]"

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self.table.shape[1] - 1

    @property
    def links(self) -> "NDArray[np.int32]":
        """The numbers of the neighbours, a row for each kind of them."""
        return self.table[1 : 1 + len(LINKS)]

    @property
    def believed(self) -> "NDArray[np.int32]":
        """1 for what is believed, 0 for what no longer is."""
        return self.table[1 + len(LINKS)]

    @property
    def counts(self) -> "NDArray[np.int32]":
        """1 for what counts for how rare a word is, 0 for facts."""
        return self.table[2 + len(LINKS)]

    @cached_property
    def present(self) -> "tuple[int, NDArray[np.float64]]":
        """How many pieces that count are believed, and how long each window is beside the average one."""
        return self._relative(self.table[0] * self.believed, (self.believed == 1) & (self.counts == 1))

    @cached_property
    def ever(self) -> "tuple[int, NDArray[np.float64]]":
        """The same for all that ever was believed."""
        return self._relative(self.table[0], (self.table[0] > 0) & (self.counts == 1))

    def _relative(
        self, lengths: "NDArray[np.int32]", counted: "NDArray[np.bool_]"
    ) -> "tuple[int, NDArray[np.float64]]":
        import numpy as np

        whole = lengths + sum(lengths[link] for link in self.links)
        number = int(counted.sum())
        average = float(whole[counted].mean()) if number else 1.0
        return number, (whole / max(average, 1.0)).astype(np.float64)


_kept: "WeakKeyDictionary[Engine, Windows]" = WeakKeyDictionary()
_lock = threading.Lock()


def windows(connection: Connection) -> Windows | None:
    """The windows as they are now; None where nothing is indexed."""
    state = connection.execute(sa.select(memory_lexical_state)).first()
    if state is None:
        return None
    with _lock:
        kept = _kept.get(connection.engine)
    if kept is not None and (kept.made, kept.generation) == (state.made, state.generation):
        return kept
    base = kept if kept is not None and kept.made == state.made else None
    fresh = _renewed(connection, state.made, state.generation, base)
    with _lock:
        _kept[connection.engine] = fresh
    return fresh


def _renewed(connection: Connection, made: str, generation: int, kept: Windows | None) -> Windows:
    """The kept windows with what was written since; where none are kept, all of them.

    On Postgres, the rows may be newer than the generation that was read before them.
    """
    import numpy as np

    column = memory_lexical.c
    counts = sa.case((memory_items.c.kind == FACT, 0), else_=1)
    query = sa.select(*(column[name] for name in _COLUMNS), counts, column.changed)
    query = query.outerjoin_from(memory_lexical, memory_items, memory_items.c.item_id == column.item_id)
    query = query.where(column.changed > (kept.generation if kept is not None else -1))
    rows = np.array([tuple(row) for row in connection.execute(query)], dtype=np.int64).reshape(-1, len(_COLUMNS) + 2)
    size = max(kept.size if kept is not None else 0, int(rows[:, 0].max(initial=-1)) + 1)
    table = np.zeros((len(_COLUMNS), size + 1), dtype=np.int32)
    table[1 : 1 + len(LINKS)] = size
    if kept is not None:
        held = kept.table[:, :-1]
        table[:, : held.shape[1]] = held
        links = table[1 : 1 + len(LINKS), : held.shape[1]]
        links[links == kept.size] = size
    table[:, rows[:, 0]] = rows[:, 1:-1].T
    links = table[1 : 1 + len(LINKS)]
    links[(links < 0) | (links > size)] = size
    return Windows(made, int(rows[:, -1].max(initial=generation)), table)
