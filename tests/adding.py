"""`python -m tests.adding URL HOME NAME COUNT [SETTINGS]`: add and search in turn, saying each number once it is in.

Without anything to add, it brings the vector index up to the items.
"""

import json
import sys
from pathlib import Path

from aios.clock import SystemClock
from aios.database.engine import Database
from tests.knowledge import open_memory


def main(url: str, home: str, name: str, count: str, settings: str = "{}") -> None:
    """Add so many items, each with a word of its own, and look each up at once."""
    database = Database(url)
    memory = open_memory(database, Path(home), clock=SystemClock(), **json.loads(settings))
    for number in range(int(count)):
        word = f"{name}x{number}"
        item_id = memory.add(kind="note", title=word, text=f"The {word} of all things.", source=name)
        assert memory.recall(word)[0].item_id == item_id
        print(number, flush=True)
    if not int(count):
        memory.index_by_meaning()
    memory.disconnect()
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
