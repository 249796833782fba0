"""Postings of full blocks, kept in the process: nothing comes to them any more while the index is of one making."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Connection, Engine

from aios.memory.postings import BLOCK, Places, find

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 3_000_000
"""Places that are kept, of the words that were asked for last; six bytes each."""


class Sealed:
    """The places of words in the blocks before `block`, of one making of the index."""

    def __init__(self, made: str, block: int) -> None:
        self.made = made
        self.block = block
        self.places = 0
        self._kept: OrderedDict[str, Places] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, words: Sequence[str]) -> dict[str, Places]:
        """What is kept of those words."""
        with self._lock:
            found = {word: self._kept[word] for word in words if word in self._kept}
            for word in found:
                self._kept.move_to_end(word)
            return found

    def keep(self, found: dict[str, Places]) -> None:
        """Keep these too, and let go of what was not asked for longest."""
        with self._lock:
            for word, places in found.items():
                self.places += len(places[0]) - len(self._kept.pop(word, _NOWHERE)[0])
                self._kept[word] = places
            while self.places > MOST:
                self.places -= len(self._kept.popitem(last=False)[1][0])


_NOWHERE: Any = ((), ())
_sealed: "WeakKeyDictionary[Engine, Sealed]" = WeakKeyDictionary()


def found_again(connection: Connection, words: Sequence[str], made: str, size: int) -> dict[str, Places]:
    """`find`, where the index has so many numbers: only what is not kept is read from the store."""
    sealed = _sealed.get(connection.engine)
    if sealed is None or sealed.made != made or sealed.block < size // BLOCK:
        sealed = _sealed[connection.engine] = Sealed(made, size // BLOCK)
    if not sealed.block:
        return find(connection, words)
    before = sealed.get(words)
    fresh = find(connection, [word for word in words if word not in before])
    sealed.keep({word: _before(places, sealed.block * BLOCK) for word, places in fresh.items()})
    since = find(connection, list(before), sealed.block)
    return fresh | {word: _joined(places, since.get(word)) for word, places in before.items()}


def _before(places: Places, number: int) -> Places:
    kept: NDArray[np.bool_] = places[0] < number
    return places[0][kept], places[1][kept]


def _joined(before: Places, since: Places | None) -> Places:
    import numpy as np

    if since is None:
        return before
    return np.concatenate([before[0], since[0]]), np.concatenate([before[1], since[1]])
