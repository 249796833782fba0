"""A memory to test with: on a database, with the projections it needs, and documents to learn."""

from pathlib import Path

from aios.cases.projection import CaseProjection
from aios.clock import ManualClock
from aios.database.engine import Database
from aios.events.log import EventLog
from aios.identity.projection import IdentityProjection
from aios.memory.memory import Memory
from aios.memory.projection import MemoryProjection
from aios.settings import Settings

BUSINESS = Path(__file__).parent.parent / "examples" / "business"

OFFERS = b"""# Offers

All prices are net.

## Website Sprint

A new website in four weeks. It costs 4,800 EUR.

## Data Audit

We find out which figures can be trusted. It costs 3,200 EUR.
"""


_OPEN: list[Memory] = []


def disconnect_memories() -> None:
    """Close what the memories opened by a test have open."""
    while _OPEN:
        _OPEN.pop().disconnect()


def open_memory(database: Database, home: Path, **settings: object) -> Memory:
    """A memory on the database; by words alone unless the settings say otherwise."""
    clock = ManualClock()
    log = EventLog(database, clock, (CaseProjection(), IdentityProjection(), MemoryProjection()))
    given = {"aios_home": home, "aios_embeddings": "lexical", **settings}
    memory = Memory(Settings.model_validate(given), log, clock)
    _OPEN.append(memory)
    return memory


def titles(memory: Memory, query: str, k: int = 8) -> list[str]:
    """The titles of what is recalled, best first."""
    return [found.title for found in memory.recall(query, k=k)]
