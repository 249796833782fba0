"""`python -m tests.adding URL HOME NAME COUNT`: add and search in turn, saying each number once it is in."""

import sys
from pathlib import Path

from aios.clock import SystemClock
from aios.database.engine import Database
from tests.knowledge import open_memory


def main(url: str, home: str, name: str, count: str) -> None:
    """Add so many items, each with a word of its own, and look each up at once."""
    database = Database(url)
    memory = open_memory(database, Path(home), clock=SystemClock())
    for number in range(int(count)):
        word = f"{name}x{number}"
        item_id = memory.add(kind="note", title=word, text=f"The {word} of all things.", source=name)
        assert [one.item_id for one in memory.recall(word)] == [item_id]
        print(number, flush=True)
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
