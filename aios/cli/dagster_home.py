"""The Dagster instance in `AIOS_HOME/dagster`: its file, its storage, and where its parts find the code server."""

import json
import os
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.engine import make_url

from aios.cli.dagster_storage import require_files, storage_section
from aios.cli.home import checkout_file
from aios.errors import HardFailure
from aios.settings import Settings

STORAGE_VARIABLE = "AIOS_DAGSTER_DATABASE_URL"
BATCH_VARIABLE = "DAGSTER_EVENT_BATCH_SIZE"
SCHEMA = "dagster"
HEARTBEATS = "{ instance { daemonHealth { allDaemonStatuses { required lastHeartbeatTime } } } }"
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { loadStatus
    locationOrLoadError { ... on PythonError { message } } } } } }"""


def write_instance(settings: Settings, code_server_port: int) -> dict[str, str]:
    """Write `dagster.yaml` and `workspace.yaml`; returns the environment that Dagster's processes need.

    On Postgres, Dagster's tables live in the schema `dagster` of the workspace database; the address, which may hold a
    password, goes through the environment and not into the file.
    """
    folder = settings.home / "dagster"
    instance = yaml.safe_load(checkout_file("dagster.yaml").read_text("utf-8"))
    environment = {"DAGSTER_HOME": str(folder), "DAGSTER_DISABLE_TELEMETRY": "1", BATCH_VARIABLE: "100"}
    if settings.database_url.startswith("postgresql"):
        instance["storage"] = {"postgres": {"postgres_url": {"env": STORAGE_VARIABLE}}}
        environment[STORAGE_VARIABLE] = _postgres(settings.database_url)
    else:
        require_files(folder)
        instance |= storage_section(settings)
    server = {"host": "127.0.0.1", "port": code_server_port, "location_name": "aios"}
    _write(folder / "dagster.yaml", instance)
    _write(folder / "workspace.yaml", {"load_from": [{"grpc_server": server}]})
    return environment


def _postgres(url: str) -> str:
    """The address of Dagster's own schema, which is made where it is missing."""
    address = make_url(url).set(drivername="postgresql+psycopg2")
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    engine.dispose()
    return address.update_query_dict({"options": f"-csearch_path={SCHEMA}"}).render_as_string(hide_password=False)


def _write(path: Path, content: object) -> None:
    """Replace the file at once, so that a reader never sees half of it."""
    draft = path.with_suffix(".new")
    draft.write_text("# Written by `aios up`; change dagster.yaml in the checkout instead.\n" + yaml.safe_dump(content))
    os.replace(draft, path)


def location_loads(dagster_url: str) -> Callable[[], bool]:
    """A check whether Dagster has loaded our definitions; raises `HardFailure` where they can't be loaded."""

    def check() -> bool:
        answer = _ask(dagster_url, LOCATIONS)
        entries: list[dict[str, Any]] = answer["workspaceOrError"].get("locationEntries", []) if answer else []
        for entry in entries:
            if problem := _load_error(entry):
                raise HardFailure(
                    f"Dagster could not load aios.definitions: {problem}.",
                    "Its log dagster-code.log in AIOS_HOME/logs says where.",
                )
        return bool(entries) and all(entry["loadStatus"] == "LOADED" for entry in entries)

    return check


def _load_error(entry: dict[str, Any]) -> str:
    found: dict[str, str] = entry["locationOrLoadError"] or {}
    return "".join(found.get("message", "").strip().splitlines()[-1:]).partition(". Local modules")[0]


def daemons_beat(dagster_url: str) -> Callable[[], bool]:
    """A check whether each of Dagster's required daemons has given a sign of life since now."""
    since = time.time()

    def check() -> bool:
        answer = _ask(dagster_url, HEARTBEATS)
        statuses: list[dict[str, Any]] = answer["instance"]["daemonHealth"]["allDaemonStatuses"] if answer else []
        required = [status for status in statuses if status["required"]]
        return bool(required) and all((status["lastHeartbeatTime"] or 0) > since for status in required)

    return check


def _ask(dagster_url: str, query: str) -> dict[str, Any]:
    """The answer to a GraphQL query; empty while Dagster does not answer."""
    request = urllib.request.Request(  # noqa: S310  # always http to loopback, made by us
        f"{dagster_url}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=3) as answer:  # noqa: S310
            return json.load(answer)["data"] or {}
    except OSError:
        return {}
