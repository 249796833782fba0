"""Windows: each indexed piece with its neighbours as arrays, kept in the process and renewed by what changed.

They hold numbers only, no words: 100,000 pieces are four megabytes.
"""

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from aios.memory.asked import Asked
from aios.memory.lexical import writing
from aios.memory.tables import FACT, LINKS, memory_items, memory_lexical

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORDS, _ITEM = memory_lexical.c, memory_items.c
_NUMBERS = (_WORDS.length, *(_WORDS[link] for link in LINKS), _WORDS.believed)
_CHANGED: Any = (
    sa.select(_WORDS.number, _WORDS.changed, *_NUMBERS, _ITEM.kind, _ITEM.subject, _ITEM.valid_from, _ITEM.valid_to)
    .add_columns(_ITEM.added_at, _ITEM.closed_at)
    .outerjoin_from(memory_lexical, memory_items, _ITEM.item_id == _WORDS.item_id)
    .where(_WORDS.changed > sa.bindparam("generation"))
)

SATURATION, BY_LENGTH = 1.2, 0.75
"""How soon more of a word says no more, and how much a long window is held against a piece: BM25's usual values."""
_ROWS = len(_NUMBERS) + 4

NEVER = 2**62
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z?)?")

Codes = dict[Any, int]
"""Whole numbers for what stands in many items: kinds, subjects, times of validity."""


@dataclass(frozen=True)
class Windows:
    """A column for each piece by its number: its length, its neighbours' numbers, whether it is believed, counts, fits.

    Facts about people are many and short: they are found, but do not count for how rare a word is, or how long a piece.
    The last column belongs to no piece: a neighbour that is not there is that one. Kind, subject and validity stand in
    the last rows, as numbers from `kinds`, `subjects` and `times`, so that what is not searched is known without asking
    the store.
    """

    made: str
    generation: int
    table: "NDArray[np.int32]"
    spans: "NDArray[np.int64]"
    kinds: Codes
    subjects: Codes
    times: Codes

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
    def is_believed(self) -> "NDArray[np.bool_]":
        """`believed`, to narrow by."""
        return self.believed == 1

    @cached_property
    def present(self) -> "tuple[int, NDArray[np.float64]]":
        """How many pieces that count are believed, and what is held against each for the length of its window."""
        return self._held(self.table[0] * self.believed, self.is_believed & (self.counts == 1))

    @cached_property
    def ever(self) -> "tuple[int, NDArray[np.float64]]":
        """The same for all that ever was believed."""
        return self._held(self.table[0], (self.table[0] > 0) & (self.counts == 1))

    def fitting(self, asked: Asked) -> "NDArray[np.bool_]":
        """Which pieces are searched; of those asked for as of an earlier moment, which may be."""
        import numpy as np

        kind, subject, times = self.table[-3:]
        fits = self._was_believed(asked.known_at) if asked.ever else self.is_believed.copy()
        for wanted, codes, row in ((asked.kinds, self.kinds, kind), (asked.subjects, self.subjects, subject)):
            if wanted:
                chosen = np.zeros(len(codes) + 1, np.bool_)
                chosen[[codes[one] for one in wanted if one in codes]] = True
                fits &= chosen[row]
        valid = np.array([asked.is_valid(*time) for time in self.times], np.bool_)
        if not valid.all():
            fits &= valid[times]
        return fits

    def _was_believed(self, moment: str) -> "NDArray[np.bool_]":
        """What may have been believed then: to the microsecond, which the rows themselves decide."""
        import numpy as np

        try:
            at = int(_microseconds([moment if _MOMENT.fullmatch(moment) else None], NEVER)[0])
        except ValueError:  # the 31st of February
            at = NEVER
        if at == NEVER:
            return np.ones(self.size + 1, np.bool_)
        return (self.spans[0] <= at) & (self.spans[1] >= at)

    def _held(self, lengths: "NDArray[np.int32]", counted: "NDArray[np.bool_]") -> "tuple[int, NDArray[np.float64]]":
        import numpy as np

        whole = lengths + sum(lengths[link] for link in self.links)
        number = int(counted.sum())
        average = float(whole[counted].mean()) if number else 1.0
        return number, SATURATION * (1 - BY_LENGTH + BY_LENGTH * (whole / max(average, 1.0)).astype(np.float64))


_kept: "WeakKeyDictionary[Engine, Windows]" = WeakKeyDictionary()
_lock = threading.Lock()


def windows(connection: Connection) -> Windows | None:
    """The windows as they are now; None where nothing is indexed."""
    if (state := writing(connection)) is None:
        return None
    with _lock:
        kept = _kept.get(connection.engine)
    if kept is not None and (kept.made, kept.generation) == (state.made, state.generation):
        return kept
    base = kept if kept is not None and kept.made == state.made else _empty(state.made)
    fresh = _renewed(connection, state.generation, base)
    with _lock:
        _kept[connection.engine] = fresh
    return fresh


def _empty(made: str) -> Windows:
    import numpy as np

    return Windows(made, -1, np.zeros((_ROWS, 1), np.int32), np.zeros((2, 1), np.int64), {}, {}, {("", ""): 0})


def _renewed(connection: Connection, generation: int, kept: Windows) -> Windows:
    """The kept windows with what was written since.

    On Postgres, the rows may be newer than the generation that was read before them.
    """
    import numpy as np

    rows = connection.execute(_CHANGED, {"generation": kept.generation}).fetchall()
    if not rows:
        return replace(kept, generation=generation)
    number, changed, *numbers, kind, subject, start, end, added, closed = zip(*rows, strict=True)
    codes = kept.kinds.copy(), kept.subjects.copy(), kept.times.copy()
    counts = [one != FACT for one in kind]
    times = [(one or "", other or "") for one, other in zip(start, end, strict=True)]
    coded = map(_coded, codes, (kind, subject, times))
    places = np.array(number, np.int64)
    table = _widened(kept.table, max(kept.size, int(places.max()) + 1))
    for row, values in zip(table, (*numbers, counts, *coded), strict=True):
        row[places] = np.array(values, np.int32)
    links = table[1 : 1 + len(LINKS)]
    links[(links < 0) | (links > table.shape[1] - 1)] = table.shape[1] - 1
    spans = np.zeros((2, table.shape[1]), np.int64)
    spans[:, : kept.size] = kept.spans[:, :-1]
    spans[:, places] = _microseconds(added, 0), _microseconds(closed, NEVER)
    return Windows(kept.made, max(generation, *changed), table, spans, *codes)


def _widened(table: "NDArray[np.int32]", size: int) -> "NDArray[np.int32]":
    """A copy with room for so many numbers; what had no neighbour has none."""
    import numpy as np

    held = table.shape[1] - 1
    wider = np.zeros((len(table), size + 1), np.int32)
    wider[:, :held] = table[:, :-1]
    links = wider[1 : 1 + len(LINKS)]
    links[:, held:] = size
    links[:, :held][links[:, :held] == held] = size
    return wider


def _microseconds(moments: Sequence[str | None], otherwise: int) -> "NDArray[np.int64]":
    """Moments as the store keeps them, as whole numbers since 1970."""
    import numpy as np

    plain = [moment.removesuffix("Z") if moment else "NaT" for moment in moments]
    found = np.array(plain, "datetime64[us]")
    return np.where(np.isnat(found), otherwise, found.astype(np.int64))


def _coded(codes: Codes, values: Iterable[Any]) -> list[int]:
    """The values as numbers; new ones are given the next."""
    return [codes.setdefault(value, len(codes)) for value in values]
