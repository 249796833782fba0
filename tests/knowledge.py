"""A memory to test with: on a database, with the projections it needs, and documents to learn.

As a program of its own, it recalls one query by meaning and prints the notice.
"""

import json
import sys
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

from aios.budgets.budgets import Budgets
from aios.budgets.limits import NO_LIMITS, Limits
from aios.budgets.projection import BudgetProjection
from aios.cases.projection import CaseProjection
from aios.clock import Clock, ManualClock, SystemClock
from aios.database.engine import Database
from aios.events.log import EventLog
from aios.identity.projection import IdentityProjection
from aios.memory.memory import Memory
from aios.memory.openai_embedder import MODEL, Terms
from aios.memory.projection import MemoryProjection
from aios.models.pricing import Price
from aios.policies.schema import Redaction
from aios.settings import Settings
from tests.forking import Forked

ROOT = Path(__file__).parent.parent
BUSINESS = ROOT / "examples" / "business"

OFFERS = b"""# Offers

All prices are net.

## Website Sprint

A new website in four weeks. It costs 4,800 EUR.

## Data Audit

We find out which figures can be trusted. It costs 3,200 EUR.
"""

DEAR = {MODEL: Price(Decimal(10), Decimal(0))}
"""Ten micro-dollars per token."""


_OPEN: list[Memory] = []


def disconnect_memories() -> None:
    """Close what the memories opened by a test have open."""
    while _OPEN:
        _OPEN.pop().disconnect()


def open_memory(
    database: Database,
    home: Path,
    *,
    limits: Limits = NO_LIMITS,
    prices: dict[str, Price] = DEAR,
    redaction: Redaction | None = None,
    clock: Clock | None = None,
    **settings: object,
) -> Memory:
    """A memory on the database; by words alone, and without limits, unless it is said otherwise."""
    clock = clock or ManualClock()
    projections = (CaseProjection(), IdentityProjection(), MemoryProjection(), BudgetProjection())
    log = EventLog(database, clock, projections)
    given = {"aios_home": home, "aios_embeddings": "lexical", **settings}
    terms = Terms(Budgets(log, lambda _: limits), lambda: prices, lambda: redaction or Redaction())
    memory = Memory(Settings.model_validate(given), log, clock, terms)
    _OPEN.append(memory)
    return memory


def titles(memory: Memory, query: str, k: int = 8) -> list[str]:
    """The titles of what is recalled, best first."""
    return [found.title for found in memory.recall(query, k=k)]


def start_recall(database: Database, home: Path, query: str, *, limits: Limits = NO_LIMITS, **settings: str) -> Forked:
    """A process that asks the memory on the database for the query."""
    given = {"url": database.url.render_as_string(hide_password=False), "home": str(home), "limits": asdict(limits)}
    return Forked.module("tests.knowledge", json.dumps(given | {"query": query, "settings": settings}))


Recaller = Forked


def notice_of(recaller: Recaller) -> str:
    """The notice that came with what the process recalled, once it has ended well."""
    out, said = recaller.communicate(timeout=60)
    assert recaller.returncode == 0, said
    return out.strip()


def main(url: str, home: str, limits: dict[str, int | None], query: str, settings: dict[str, str]) -> None:
    """Recall the query, after the index is brought up to date."""
    database = Database(url)
    memory = open_memory(database, Path(home), limits=Limits(**limits), clock=SystemClock(), **settings)
    memory.ingest_folder(BUSINESS)
    sys.stdout.write(memory.search(query).notice)
    disconnect_memories()
    database.close()


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
