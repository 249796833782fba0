"""How the workers share the tests: a file's stay together, as they share what they start; no long one is last."""

import re

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

PLACE = re.compile(r"\[(\w+-(?:sqlite|postgres))\b")

LONG = ("test_up.py", "test_end_to_end.py", "test_kill.py", "test_bench.py", "test_leaks.py")
"""What takes longest is first among the slow: where it was last, one worker would wait for the other."""


class Sharing(LoadScopeScheduling):
    """Shares out files; of the contracts, which are one long file, the connectors."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        place = PLACE.search(test) if file.endswith("test_contracts.py") else None
        return f"{file}::{place[1]}" if place else file


def order(item: pytest.Item) -> tuple[bool, int]:
    """Where a test stands: fast ones first, so that a mistake shows early."""
    if item.get_closest_marker("slow") is None:
        return False, 0
    return True, LONG.index(item.path.name) if item.path.name in LONG else len(LONG)
