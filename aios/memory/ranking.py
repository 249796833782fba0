"""Ranking: the pieces that fit the words of a query, best first.

Each is found by its own words first, then by its neighbours', then by those two away: what a paragraph is about often
stands in the one before. A word counts by its rarity and by how often it stands in the piece's window (BM25).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.among import among
from aios.database.prepared import Prepared
from aios.memory.asked import Asked
from aios.memory.lexical import terms
from aios.memory.postings import Places
from aios.memory.sealed import found_again
from aios.memory.stems import stem
from aios.memory.tables import LINKS, memory_items, memory_lexical
from aios.memory.windows import SATURATION, Windows, windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = dict(zip(LINKS, (0.5, 0.5, 0.25, 0.25), strict=True))
"""What a word counts for beside the piece and two away; in the piece itself, 1."""

WIDER = 4000
"""How many of the best are looked up where what was believed earlier is sharply filtered."""

FEW = 16
"""Where less than one in so many pieces holds a word, only those near it are weighed for it, rather than all."""

DECIMALS = 9
"""Of a score; what differs by less is equally good."""

_WORDS, _ITEM = memory_lexical.c, memory_items.c
_ABOUT: Any = (
    _ITEM.item_id,
    _ITEM.source,
    _ITEM.ordinal,
    _ITEM.kind,
    _ITEM.subject,
    _ITEM.valid_from,
    _ITEM.valid_to,
    _ITEM.added_at,
    _ITEM.closed_at,
)
_BY_NUMBER = Prepared(
    sa.select(_WORDS.number, *_ABOUT)
    .join(memory_items, _ITEM.item_id == _WORDS.item_id)
    .where(among(_WORDS.number, "numbers"))
)
_BY_ID = Prepared(sa.select(*_ABOUT).where(among(_ITEM.item_id, "ids")))
AT_ONCE = 1000


@dataclass(frozen=True)
class Match:
    """A piece that fits, how well, on which subject, and since when it is known or valid."""

    item_id: str
    score: float
    subject: str
    since: str


def by_words(connection: Connection, asked: Asked, limit: int) -> list[Match]:
    """The best pieces for the words of the query out of what is searched. There must be an index."""
    words = list(dict.fromkeys(stem(word) for word in terms(asked.query)))
    if not words or (whole := windows(connection)) is None:
        return []
    found = found_again(connection, words, whole.made, whole.size)
    scores = _scores(whole, found, words, ever=asked.ever) * whole.fitting(asked)
    return _best(connection, scores, asked, limit)


def of_these(connection: Connection, asked: Asked, scores: Mapping[str, float]) -> list[Match]:
    """Those of the ids that are searched, in the order given."""
    found: dict[str, sa.Row[Any]] = {}
    ids = list(scores)
    for start in range(0, len(ids), AT_ONCE):
        rows = _BY_ID.all(connection, ids=ids[start : start + AT_ONCE])
        found.update((row.item_id, row) for row in rows if asked.fits(row))
    return [_match(found[one], score) for one, score in scores.items() if one in found]


def _scores(whole: Windows, found: Mapping[str, Places], words: Sequence[str], *, ever: bool) -> "NDArray[np.float64]":
    """The score of each number. Words are added up in the query's order, so that equal pieces score the same."""
    import numpy as np

    number, held = whole.ever if ever else whole.present
    total, counted, share = (np.zeros(whole.size + 1) for _ in range(3))
    for word in words:
        if word not in found:
            continue
        at, counts = _present(whole, *found[word], ever=ever)
        if not len(at):
            continue
        seen = int(whole.counts[at].sum())
        rarity = np.log(1 + (number - seen + 0.5) / (seen + 0.5) if seen < number else 1 + 0.5 / max(number, 1))
        counted[at] = counts
        touched = [at]
        for link, weight in zip(whole.links, WEIGHTS.values(), strict=True):
            beside = link[at]
            counted[beside] += weight * counts
            touched.append(beside)
        if FEW * len(at) < whole.size:  # a place may come twice: it is given the same sum both times
            places = np.concatenate(touched)
            often = counted[places]
            total[places] += often / (often + held[places]) * (rarity * (SATURATION + 1))
            counted[places] = 0
        else:
            np.divide(counted, np.add(counted, held, out=share), out=share)
            total += np.multiply(share, rarity * (SATURATION + 1), out=share)
            counted.fill(0)
    total[-1] = 0
    return total


def _present(
    whole: Windows, at: "NDArray[np.int32]", counts: "NDArray[np.uint16]", *, ever: bool
) -> "tuple[NDArray[np.int32], NDArray[np.float64]]":
    """Where a word stands now, or ever stood; on Postgres, its postings may be newer than the windows."""
    import numpy as np

    kept = at < whole.size
    if not ever:
        kept &= whole.is_believed[np.minimum(at, whole.size)]
    at, counts = (at, counts) if kept.all() else (at[kept], counts[kept])
    return at, counts.astype(np.float64)


def _best(connection: Connection, scores: "NDArray[np.float64]", asked: Asked, limit: int) -> list[Match]:
    """The best of what is searched. Only as of an earlier moment, or after a write meanwhile, some are not of it."""
    import numpy as np

    matching = np.flatnonzero(scores)
    most = limit
    found = _looked_up(connection, _top(scores, matching, most), asked)
    if limit / 4 < len(found) < limit and len(matching) > most:
        most *= 4
        found = _looked_up(connection, _top(scores, matching, most), asked)
    if len(found) < limit and len(matching) > most:
        found = _found_by_sharp_filters(connection, scores, matching, asked, limit)
    rounded: list[float] = np.round(scores[[row.number for row in found]], DECIMALS).tolist()
    ranked = sorted(
        zip(found, rounded, strict=True),
        key=lambda pair: (-pair[1], pair[0].source, pair[0].ordinal, pair[0].item_id),
    )
    return [_match(row, score) for row, score in ranked[:limit]]


def _found_by_sharp_filters(
    connection: Connection, scores: "NDArray[np.float64]", matching: "NDArray[np.int64]", asked: Asked, limit: int
) -> list[sa.Row[Any]]:
    """The best of what the filters let through, where that is little; else by looking many of the best up."""
    import numpy as np

    query = sa.select(_WORDS.number).join(memory_items, _ITEM.item_id == _WORDS.item_id)
    condition = asked.among.whereclause
    sharp = list(connection.scalars(query.where(sa.true() if condition is None else condition).limit(WIDER + 1)))
    if len(sharp) <= WIDER:
        kept = matching[np.isin(matching, np.array(sharp, np.int64))]
        return _looked_up(connection, _top(scores, kept, limit), asked)
    found = _looked_up(connection, _top(scores, matching, WIDER), asked)
    if len(found) < limit and len(matching) > WIDER:
        found = _looked_up(connection, matching.tolist(), asked)
    return found


def _top(scores: "NDArray[np.float64]", matching: "NDArray[np.int64]", most: int) -> list[int]:
    """Of the matching numbers those with the highest scores; all that are as good as the last, within reason."""
    import numpy as np

    if len(matching) > most:
        values = scores[matching]
        least = np.partition(values, -most)[-most]
        near = values >= least - 2 * 10.0**-DECIMALS
        matching, values = matching[near], np.round(values[near], DECIMALS)
        matching, values = (some[values >= np.round(least, DECIMALS)] for some in (matching, values))
        if len(matching) > 2 * most:
            matching = matching[np.argsort(-values, kind="stable")[: 2 * most]]
    return matching.tolist()


def _looked_up(connection: Connection, numbers: Sequence[int], asked: Asked) -> list[sa.Row[Any]]:
    """The rows of those numbers that are searched.

    They are looked up by number alone: with a filter, SQLite would go through all that is believed instead.
    """
    found: list[sa.Row[Any]] = []
    for start in range(0, len(numbers), AT_ONCE):
        rows = _BY_NUMBER.all(connection, numbers=numbers[start : start + AT_ONCE])
        found.extend(row for row in rows if asked.fits(row))
    return found


def _match(row: sa.Row[Any], score: float) -> Match:
    return Match(row.item_id, score, row.subject, max(row.added_at, row.valid_from))
