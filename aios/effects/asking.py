"""Asking connectors how they are: really outside, without doing anything there, and never for longer than it takes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Thread

from aios.connectors.base import Health
from aios.connectors.registry import Registry
from aios.database.engine import Database
from aios.effects import standing
from aios.effects.admission import Admission
from aios.effects.standing import Standing
from aios.errors import AiosError

Check = Callable[[], Health]

GRACE = 2.0
"""Seconds beyond its own time-out after which a connector that is asked how it is counts as silent."""


def ask(database: Database, registry: Registry, admission: Admission, name: str) -> Health:
    """Ask the outside how it is; where it is well, what waits for it goes out.

    In the sandbox, where everything is there that live needs, live is asked as well, for one who thinks of switching.
    """
    with database.read() as connection:
        now = standing.read_one(connection, registry, admission, name)
    health = in_time(name, registry[name, now.mode].check, registry.settings.aios_connector_timeout)
    if health.state in ("ok", "degraded"):
        with database.write() as tx:
            admission.release(tx, name, now.mode)
    live = ask_live(registry, now) if health.state == "ok" else None
    return live or health


def ask_live(registry: Registry, now: Standing) -> Health | None:
    """How a connector in the sandbox would be live; None where it is live, or lacks something for it."""
    if now.mode == "live" or now.lacking:
        return None
    health = in_time(now.name, registry[now.name, "live"].check, registry.settings.aios_connector_timeout)
    return replace(health, detail=f"in the sandbox now; {health.detail}")


def ask_all(database: Database, registry: Registry, admission: Admission) -> list[Health]:
    """Ask every connector, all at once, each in its own mode; what holds effects back is said too."""
    with database.read() as connection:
        found = standing.read(connection, registry, admission)
    seconds = registry.settings.aios_connector_timeout

    def ask_one(one: Standing) -> Health:
        return held_back(one, in_time(one.name, registry[one.name, one.mode].check, seconds))

    with ThreadPoolExecutor(len(found)) as pool:
        return list(pool.map(ask_one, found))


def held_back(connector: Standing, health: Health) -> Health:
    """What it says of itself, and what keeps effects from going out through it all the same."""
    if health.state in ("down", "off") or connector.working:
        return health
    if connector.stopped:
        remedy = f"Release it: aios connectors release {connector.name}"
        return replace(health, state="degraded", detail=f"{health.detail}; stopped by you", remedy=remedy)
    waiting = f"; {connector.buffered} effects wait" if connector.buffered else ""
    detail = f"{health.detail}; held back, for it failed: {connector.breaker_reason}{waiting}"
    return replace(health, state="degraded", detail=detail, remedy=f"Test it: aios connectors test {connector.name}")


def in_time(name: str, check: Check, seconds: float) -> Health:
    """What it says of itself; a server that feeds us a byte now and then does not keep us for ever."""
    answers: SimpleQueue[Health] = SimpleQueue()
    Thread(target=lambda: answers.put(_asked(name, check)), daemon=True, name=f"ask {name}").start()
    try:
        return answers.get(timeout=seconds + GRACE)
    except Empty:
        said = f"It has not answered within {seconds + GRACE:g} s."
        return Health(name, "down", said, "Try again later; AIOS_CONNECTOR_TIMEOUT says how long to wait.")


def _asked(name: str, check: Check) -> Health:
    try:
        return check()
    except AiosError as error:
        return Health(name, "down", error.message, error.remedy)
    except Exception as error:  # noqa: BLE001  one that breaks its word must not hide how the others are
        return Health(name, "down", f"It cannot be asked ({type(error).__name__}).", "See the logs.")
