"""What must be true of a day's file, read back from the disk; importing this loads Pandera."""

from datetime import date, timedelta
from itertools import pairwise

import pandera.polars as pa
import polars as pl

from aios.errors import Tampered
from aios.events.episodes import Episode, Episodes, read_frame, read_rows
from aios.events.merkle import merkle_root
from aios.events.tail import GENESIS
from assets.frame_checks import problem_of

HASH = r"^[0-9a-f]{64}$"
MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"
TYPE = r"^[a-z_]+\.[a-z_]+$"


def _text(pattern: str = "", *, nullable: bool = False, unique: bool = False) -> pa.Column:
    checks = [pa.Check.str_matches(pattern)] if pattern else []
    return pa.Column(pl.String, checks, nullable=nullable, unique=unique)


SCHEMA = pa.DataFrameSchema(
    {
        "position": pa.Column(pl.Int64, pa.Check.ge(1), unique=True),
        "id": _text(unique=True),
        "stream": _text(),
        "seq": pa.Column(pl.Int64, pa.Check.ge(1)),
        "type": _text(TYPE),
        "version": pa.Column(pl.Int64, pa.Check.ge(1)),
        "at": _text(MOMENT),
        "actor": _text(),
        "case_id": _text(nullable=True),
        "source": _text(nullable=True),
        "source_id": _text(nullable=True),
        "caused_by": _text(nullable=True),
        "payload": _text(r"^\{"),
        "previous_hash": _text(HASH),
        "hash": _text(HASH, unique=True),
    },
    strict=True,
    ordered=True,
    unique=["stream", "seq"],
)
"""The columns of a file, in order; the columns of the table `events`."""


def failures(episodes: Episodes, episode: Episode) -> dict[str, str]:
    """The checks that a day's file fails, each with the reason; none where all is well."""
    frame = read_frame(episode.path)
    found = {"schema": problem_of(SCHEMA, frame)}
    if not found["schema"]:
        positions = frame["position"].to_list()
        gap = next((after for before, after in pairwise(positions) if after != before + 1), None)
        found["contiguous"] = f"event {gap} does not follow the one before it" if gap else ""
        found["linked"] = _linked(episodes, episode)
        found["sealed"] = _sealed(episodes, episode, frame)
    return {name: problem for name, problem in found.items() if problem}


def _linked(episodes: Episodes, episode: Episode) -> str:
    try:
        before = _hash_before(episodes, episode)
    except Tampered as error:
        return f"it cannot be held against the day before: {error.message}"
    rows, certificates = read_rows(episode.path), episodes.certificates()
    for row in rows:
        if row["previous_hash"] != before:
            return f"event {row['position']} does not link to the one before it"
        if not certificates.is_whole_in_file(row):
            return f"event {row['position']} is not what its hash says"
        before = row["hash"]
    return ""


def _hash_before(episodes: Episodes, episode: Episode) -> str:
    """The hash that the day's first event must name: from the file of the day before, else from the log."""
    seal = episodes.seal(date.fromisoformat(episode.day))
    if seal is None or seal.first == 1:
        return GENESIS
    earlier = episodes.path(date.fromisoformat(episode.day) - timedelta(days=1))
    rows = read_rows(earlier) if earlier.exists() else []
    return rows[-1]["hash"] if rows else episodes.hash_at(seal.first - 1)


def _sealed(episodes: Episodes, episode: Episode, frame: pl.DataFrame) -> str:
    seal = episodes.seal(date.fromisoformat(episode.day))
    root = merkle_root(frame["hash"].to_list())
    if seal is None:
        return "the day has no seal"
    return "" if root == seal.root else f"the root of the file is {root}, that of the seal {seal.root}"
