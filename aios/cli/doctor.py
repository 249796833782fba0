"""`aios doctor`: checks everything a running aios needs, and says what to do about what is wrong."""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date

import typer

from aios.cli.home import checkout_file
from aios.cli.ports import accepts, answers, is_free
from aios.cli.stack import program
from aios.cli.store import require_database
from aios.clock import SystemClock
from aios.connectors.base import Health
from aios.connectors.registry import open_registry
from aios.credentials.check import findings
from aios.credentials.credentials import Credentials
from aios.effects import asking, standing
from aios.errors import AiosError
from aios.kernel import open_kernel
from aios.portability.unfinished import require_finished
from aios.settings import Settings, load_settings

MARKS = {"ok": "✓", "degraded": "!", "down": "✗", "off": "–"}


Check = Callable[[Settings], Health]


def doctor(as_json: bool) -> None:
    """Say what each check found; ends with 1 where something is down."""
    findings = examine(load_settings(os.environ))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            remedy = f" {finding.remedy}" if finding.remedy else ""
            typer.echo(f"{MARKS[finding.state]} {finding.name:<16} {finding.detail}{remedy}")
    if any(finding.state == "down" for finding in findings):
        raise typer.Exit(1)


def examine(settings: Settings) -> list[Health]:
    """Every check, each on its own: one that fails does not hide the others."""
    return [*(_finding(name, check, settings) for name, check in CHECKS), *_connector_findings(settings)]


def _connector_findings(settings: Settings) -> list[Health]:
    try:
        return _connectors(settings)
    except AiosError as error:
        return [Health("connectors", "down", error.message, error.remedy)]


def _finding(name: str, check: Check, settings: Settings) -> Health:
    try:
        return check(settings)
    except AiosError as error:
        return Health(name, "down", error.message, error.remedy)


def _home(settings: Settings) -> Health:
    if not settings.home.exists():
        return Health("home", "off", f"{settings.home} does not exist yet.", "`aios up` makes it.")
    if not os.access(settings.home, os.W_OK):
        return Health("home", "down", f"{settings.home} is not writable.", "Set AIOS_HOME to a writable folder.")
    require_finished(settings.home)
    return Health("home", "ok", f"{settings.home}, {settings.aios_mode} mode")


def _checkout(_settings: Settings) -> Health:
    for name in (
        "dagster.yaml",
        "examples/inbox",
        "examples/invoices",
        "examples/outgoing",
        "examples/overdue",
        "examples/business",
    ):
        checkout_file(name)
    for command in ("chroma", "dagster"):
        program(command)
    return Health("installation", "ok", "every program and example is there")


def _database(settings: Settings) -> Health:
    file = settings.home / "aios.db"
    if settings.aios_database_url is None and not file.exists():
        return Health("database", "off", f"{file} does not exist yet.", "`aios up` makes it.")
    return Health("database", "ok", require_database(settings))


def _chroma(settings: Settings) -> Health:
    url = settings.aios_chroma_url or f"http://127.0.0.1:{settings.aios_chroma_port}"
    if answers(f"{url.rstrip('/')}/api/v2/heartbeat")():
        return Health("chroma", "ok", url)
    if settings.aios_chroma_url:
        return Health("chroma", "degraded", f"{url} does not answer.", "Recall works without vectors meanwhile.")
    return _port("chroma", settings.aios_chroma_port, "AIOS_CHROMA_PORT")


def _dagster(settings: Settings) -> Health:
    if answers(f"{settings.dagster_url}/server_info")():
        return Health("dagster", "ok", settings.dagster_url)
    return _port("dagster", settings.aios_dagster_port, "AIOS_DAGSTER_PORT")


def _workspace(settings: Settings) -> Health:
    if accepts(settings.aios_workspace_port)():
        return Health("workspace", "ok", settings.workspace_url)
    return _port("workspace", settings.aios_workspace_port, "AIOS_WORKSPACE_PORT", settings.aios_host)


def _port(name: str, port: int, variable: str, host: str = "127.0.0.1") -> Health:
    if is_free(port, host):
        return Health(name, "off", f"not running; port {port} is free.", "`aios up` starts it.")
    return Health(name, "down", f"port {port} is in use by another program.", f"Choose another one with {variable}.")


def _models(settings: Settings) -> Health:
    if settings.openai_base_url is None and not Credentials(settings).has("OPENAI_API_KEY"):
        remedy = "Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own."
        return Health("models", "off", "no key: the rules tier does the work.", remedy)
    if not settings.home.exists():
        return Health("models", "ok", f"set up, at {settings.openai_base_url or 'OpenAI'}")
    require_database(settings)
    kernel = open_kernel(settings)
    try:
        health = kernel.gateway.health()
    finally:
        kernel.close()
    resting = [model.model for model in health.models if model.breaker.state != "closed"]
    if resting:
        return Health(
            "models", "degraded", f"{', '.join(resting)} failed lately.", "Rules do the work until it answers."
        )
    unpriced = [model.model for model in health.models if not model.priced]
    if unpriced:
        remedy = "Give it one under `prices` in policies.yaml, or no limit lets it work."
        return Health("models", "degraded", f"the price of {', '.join(unpriced)} is not known.", remedy)
    return Health("models", "ok", f"{', '.join(model.model for model in health.models)} at {health.server}")


def _credentials(settings: Settings) -> Health:
    found = findings(Credentials(settings))
    if not found:
        return Health("credentials", "ok", "what is set can be read by you, and by nobody else")
    more = f" (and {len(found) - 1} more: `aios credentials check`)" if len(found) > 1 else ""
    state = "degraded" if all(one.name == "aios.toml" for one in found) else "down"
    return Health("credentials", state, f"{found[0].name}: {found[0].problem}{more}", found[0].remedy)


def _forgetting(settings: Settings) -> Health:
    from aios.forgetting.finishing import unfinished

    if settings.aios_database_url is None and not (settings.home / "aios.db").exists():
        return Health("forgetting", "off", "there is no database yet.")
    require_database(settings)
    kernel = open_kernel(settings)
    try:
        with kernel.database.read() as connection:
            left = unfinished(kernel.log, connection)
    finally:
        kernel.close()
    if left:
        contact_id = left[0].stream.partition("/")[2]
        remedy = f"`aios contacts forget {contact_id} --yes` goes on; `aios up` does too."
        return Health("forgetting", "degraded", f"{len(left)} of them not at the end: files may hold traces.", remedy)
    return Health("forgetting", "ok", "nothing is left of whoever was forgotten")


def _hygiene(settings: Settings) -> Health:
    from aios.memory.hygiene import cleaned_through

    through = cleaned_through(settings.home)
    if not through:
        return Health("hygiene", "off", "memory was not cleaned yet.", "It is, each night while `aios up` runs.")
    behind = (SystemClock().now().date() - date.fromisoformat(through)).days - 1
    if behind > 1:
        remedy = "Let `aios up` run over midnight (UTC), or materialize memory_hygiene in Dagster; it catches up."
        return Health("hygiene", "degraded", f"memory was last cleaned for {through}, {behind} days are due.", remedy)
    return Health("hygiene", "ok", f"memory is clean up to {through}")


def _connectors(settings: Settings) -> list[Health]:
    """One finding for each connector: a real test of its connection, in the mode that it is in."""
    if not settings.home.exists():
        return [Health("connectors", "off", f"{settings.aios_mode}; there is no home yet.", "`aios up` makes it.")]
    if settings.aios_database_url is None and not (settings.home / "aios.db").exists():
        registry, seconds = open_registry(settings, SystemClock()), settings.aios_connector_timeout
        return [asking.in_time(name, registry[name, settings.aios_mode].check, seconds) for name in registry.contracts]
    require_database(settings)
    with closing(open_kernel(settings)) as kernel:
        parts = (kernel.connectors, kernel.executor.admission)
        outside = asking.ask_all(kernel.database, *parts)
        with kernel.database.read() as connection:
            found = [asking.ask_live(kernel.connectors, one) for one in standing.read(connection, *parts)]
        outside += [replace(live, name=f"{live.name} live") for live in found if live]
        return [*outside, asking.in_time("mailbox", kernel.mailbox.check, settings.aios_connector_timeout)]


CHECKS: Sequence[tuple[str, Check]] = (
    ("home", _home),
    ("installation", _checkout),
    ("credentials", _credentials),
    ("database", _database),
    ("chroma", _chroma),
    ("dagster", _dagster),
    ("workspace", _workspace),
    ("models", _models),
    ("forgetting", _forgetting),
    ("hygiene", _hygiene),
)
