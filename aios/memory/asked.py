"""`Asked`: what is looked for, and whether an item is of what is searched."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from aios.memory.item import believed


@dataclass(frozen=True)
class Asked:
    """What is looked for. `at` is when items must be valid, `known_at` when they must have been believed ("": now).

    `about` names the subjects that a case is about: what concerns them comes a little earlier. `by_use` lets what was
    of use come a little earlier; a context leaves it out, so that it can be made again as it was.
    """

    query: str
    k: int
    at: str
    subjects: Sequence[str] = ()
    kinds: Sequence[str] = ()
    known_at: str = ""
    about: Collection[str] = ()
    by_use: bool = False

    @property
    def ever(self) -> bool:
        """Whether what is believed no longer is searched as well."""
        return bool(self.known_at)

    @property
    def among(self) -> sa.Select[Any]:
        """A query for the ids of what is searched."""
        return believed(self.at, subjects=self.subjects, kinds=self.kinds, known_at=self.known_at)

    def fits(self, row: sa.Row[Any]) -> bool:
        """Whether the item of a row is one of those that `among` selects."""
        if (self.subjects and row.subject not in self.subjects) or (self.kinds and row.kind not in self.kinds):
            return False
        return self._is_believed(row.added_at, row.closed_at) and self.is_valid(row.valid_from, row.valid_to)

    def is_valid(self, start: str, end: str) -> bool:
        """Whether what is valid from `start` to `end` is so at the moment that was asked for."""
        return start <= self.at and (not end or end > self.at)

    def _is_believed(self, added: str, closed: str) -> bool:
        if not self.known_at:
            return not closed
        return added <= self.known_at and (not closed or closed > self.known_at)
