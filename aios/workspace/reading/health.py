"""Health: each part of a running workspace, asked directly, all at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from aios.connectors.base import Health
from aios.effects import asking
from aios.errors import AiosError
from aios.kernel import Kernel

PATIENCE = 1.5
"""Seconds that a part on this machine has to answer."""

Check = Callable[[Kernel], Health]


def read(kernel: Kernel) -> list[Health]:
    """How every part is now; each connector in its own mode, with what holds it back."""
    checks: list[Callable[[], Health]] = [_of(check, kernel) for check in _CHECKS]
    with ThreadPoolExecutor(len(checks) + 1) as pool:
        outside = pool.submit(asking.ask_all, kernel.database, kernel.connectors, kernel.executor.admission)
        return [*pool.map(_safely, checks), *outside.result()]


def worst(parts: Sequence[Health]) -> str:
    """One word for all: `down` where something is down, `degraded` where something works in part, else `ok`."""
    states = {part.state for part in parts}
    return next((state for state in ("down", "degraded") if state in states), "ok")


def _of(check: Check, kernel: Kernel) -> Callable[[], Health]:
    return lambda: check(kernel)


def _safely(check: Callable[[], Health]) -> Health:
    try:
        return check()
    except AiosError as error:
        return Health("part", "down", error.message, error.remedy)


def _database(kernel: Kernel) -> Health:
    try:
        with kernel.database.read() as connection:
            head = kernel.log.head(connection)
    except SQLAlchemyError as error:
        return Health("database", "down", f"It cannot be read ({type(error).__name__}).", "Check AIOS_DATABASE_URL.")
    store = "SQLite" if kernel.database.is_sqlite else "Postgres"
    return Health("database", "ok", f"{store}, {head:,} events in the log")


def _policies(kernel: Kernel) -> Health:
    with kernel.database.read() as connection:
        problem = kernel.policies.problem(connection)
        origin = kernel.policies.in_force(connection).origin
    if problem is None:
        return unknown_rates(kernel) or Health("policies", "ok", f"{origin} is in force")
    detail = f"{problem.origin} was refused at line {problem.line}: {problem.reason}. The last good one stays in force."
    return Health("policies", "degraded", detail, "Mend that line; it is read again by itself.")


def unknown_rates(kernel: Kernel) -> Health | None:
    """A pace that binds nobody is a slip of the pen."""
    unknown = sorted(set(kernel.policies.current().rates) - set(kernel.connectors.contracts))
    if not unknown:
        return None
    known = ", ".join(sorted(kernel.connectors.contracts))
    return Health("policies", "degraded", f"rates: there is no connector {', '.join(unknown)}.", f"Known are {known}.")


def _models(kernel: Kernel) -> Health:
    if kernel.gateway.available:
        settings = kernel.settings
        tiers = dict.fromkeys((settings.aios_model_small, settings.aios_model_mid, settings.aios_model_large))
        return Health("models", "ok", f"{', '.join(tiers)} at {settings.openai_base_url or 'OpenAI'}")
    remedy = "Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own."
    return Health("models", "off", "No key: the rules tier does the work, with low confidence.", remedy)


def _dagster(kernel: Kernel) -> Health:
    url = kernel.settings.dagster_url
    if _answers(f"{url}/server_info"):
        return Health("dagster", "ok", url)
    return Health("dagster", "down", f"{url} does not answer; cases do not move.", "Start everything with `aios up`.")


def _memory(kernel: Kernel) -> Health:
    state = kernel.memory.check()
    detail = f"{state.items} {'piece' if state.items == 1 else 'pieces'} of knowledge, embedder {state.embedder}"
    if state.ok:
        return Health("memory", "ok", detail)
    lacking = f"{detail}; {state.vectors_missing} not in the vector index. {state.notice}".strip()
    return Health(
        "memory",
        "degraded",
        lacking,
        "Recall works meanwhile, by words at least. `aios memory doctor --mend` fills it now.",
    )


def _mailbox(kernel: Kernel) -> Health:
    return kernel.mailbox.check()


def _answers(url: str) -> bool:
    import httpx

    try:
        return httpx.get(url, timeout=PATIENCE).is_success
    except httpx.HTTPError:
        return False


_CHECKS: tuple[Check, ...] = (_database, _dagster, _memory, _models, _mailbox, _policies)
