"""`aios doctor`: checks everything a running aios needs, and says what to do about what is wrong."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import typer

from aios.cli.home import checkout_file
from aios.cli.ports import accepts, answers, is_free
from aios.cli.stack import program
from aios.cli.store import require_database
from aios.errors import AiosError
from aios.settings import Settings, load_settings

State = Literal["ok", "degraded", "down", "off"]
MARKS: dict[State, str] = {"ok": "✓", "degraded": "!", "down": "✗", "off": "–"}


@dataclass(frozen=True)
class Finding:
    """What was found about one part, and the remedy where there is something to mend."""

    name: str
    state: State
    detail: str
    remedy: str = ""


Check = Callable[[Settings], Finding]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False) -> None:
    """Check settings, stores, ports, models and connectors."""
    findings = examine(load_settings(os.environ))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            remedy = f" {finding.remedy}" if finding.remedy else ""
            typer.echo(f"{MARKS[finding.state]} {finding.name:<16} {finding.detail}{remedy}")
    if any(finding.state == "down" for finding in findings):
        raise typer.Exit(1)


def examine(settings: Settings) -> list[Finding]:
    """Every check, each on its own: one that fails does not hide the others."""
    return [_finding(name, check, settings) for name, check in CHECKS]


def _finding(name: str, check: Check, settings: Settings) -> Finding:
    try:
        return check(settings)
    except AiosError as error:
        return Finding(name, "down", error.message, error.remedy)


def _home(settings: Settings) -> Finding:
    if not settings.home.exists():
        return Finding("home", "off", f"{settings.home} does not exist yet.", "`aios up` makes it.")
    if not os.access(settings.home, os.W_OK):
        return Finding("home", "down", f"{settings.home} is not writable.", "Set AIOS_HOME to a writable folder.")
    return Finding("home", "ok", f"{settings.home}, {settings.aios_mode} mode")


def _checkout(_settings: Settings) -> Finding:
    for name in ("dagster.yaml", "examples/inbox", "examples/business"):
        checkout_file(name)
    for command in ("chroma", "dagster", "dagster-webserver", "dagster-daemon"):
        program(command)
    return Finding("installation", "ok", "every program and example is there")


def _database(settings: Settings) -> Finding:
    file = settings.home / "aios.db"
    if settings.aios_database_url is None and not file.exists():
        return Finding("database", "off", f"{file} does not exist yet.", "`aios up` makes it.")
    return Finding("database", "ok", require_database(settings))


def _chroma(settings: Settings) -> Finding:
    url = settings.aios_chroma_url or f"http://127.0.0.1:{settings.aios_chroma_port}"
    if answers(f"{url.rstrip('/')}/api/v2/heartbeat")():
        return Finding("chroma", "ok", url)
    if settings.aios_chroma_url:
        return Finding("chroma", "degraded", f"{url} does not answer.", "Recall works without vectors meanwhile.")
    return _port("chroma", settings.aios_chroma_port, "AIOS_CHROMA_PORT")


def _dagster(settings: Settings) -> Finding:
    if answers(f"{settings.dagster_url}/server_info")():
        return Finding("dagster", "ok", settings.dagster_url)
    return _port("dagster", settings.aios_dagster_port, "AIOS_DAGSTER_PORT")


def _workspace(settings: Settings) -> Finding:
    if accepts(settings.aios_workspace_port)():
        return Finding("workspace", "ok", settings.workspace_url)
    return _port("workspace", settings.aios_workspace_port, "AIOS_WORKSPACE_PORT", settings.aios_host)


def _port(name: str, port: int, variable: str, host: str = "127.0.0.1") -> Finding:
    if is_free(port, host):
        return Finding(name, "off", f"not running; port {port} is free.", "`aios up` starts it.")
    return Finding(name, "down", f"port {port} is in use by another program.", f"Choose another one with {variable}.")


def _models(settings: Settings) -> Finding:
    if settings.openai_api_key is None and settings.openai_base_url is None:
        remedy = "Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own."
        return Finding("models", "off", "no key: the rules tier does the work.", remedy)
    tiers = (settings.aios_model_small, settings.aios_model_mid, settings.aios_model_large)
    return Finding("models", "ok", f"{', '.join(tiers)} at {settings.openai_base_url or 'OpenAI'}")


CHECKS: Sequence[tuple[str, Check]] = (
    ("home", _home),
    ("installation", _checkout),
    ("database", _database),
    ("chroma", _chroma),
    ("dagster", _dagster),
    ("workspace", _workspace),
    ("models", _models),
)
