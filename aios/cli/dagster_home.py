"""The Dagster instance in `AIOS_HOME/dagster`: its file, its storage, and where its parts find the code server."""

import json
import os
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
import yaml
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from aios.cli.home import checkout_file
from aios.errors import Misconfigured
from aios.settings import Settings

STORAGE_VARIABLE = "AIOS_DAGSTER_DATABASE_URL"
SCHEMA = "dagster"
HEARTBEATS = "{ instance { daemonHealth { allDaemonStatuses { required healthy lastHeartbeatTime } } } }"


def write_instance(settings: Settings, code_server_port: int) -> dict[str, str]:
    """Write `dagster.yaml` and `workspace.yaml`; returns the environment that Dagster's processes need.

    On Postgres, Dagster's tables live in the schema `dagster` of the workspace database; the address, which may hold a
    password, goes through the environment and not into the file.
    """
    folder = settings.home / "dagster"
    instance = yaml.safe_load(checkout_file("dagster.yaml").read_text("utf-8"))
    environment = {"DAGSTER_HOME": str(folder), "DAGSTER_DISABLE_TELEMETRY": "1"}
    if settings.database_url.startswith("postgresql"):
        instance["storage"] = {"postgres": {"postgres_url": {"env": STORAGE_VARIABLE}}}
        environment[STORAGE_VARIABLE] = _postgres(settings.database_url)
    server = {"host": "127.0.0.1", "port": code_server_port, "location_name": "aios"}
    _write(folder / "dagster.yaml", instance)
    _write(folder / "workspace.yaml", {"load_from": [{"grpc_server": server}]})
    return environment


def _postgres(url: str) -> str:
    """The address of Dagster's own schema, which is made where it is missing."""
    address = make_url(url).set(drivername="postgresql+psycopg2")
    engine = sa.create_engine(address)
    try:
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    except OperationalError as error:
        raise Misconfigured(
            f"The database {address.render_as_string()} can't be reached ({str(error.orig).strip()}).",
            "Check AIOS_DATABASE_URL and that Postgres runs.",
        ) from None
    finally:
        engine.dispose()
    return address.update_query_dict({"options": f"-csearch_path={SCHEMA}"}).render_as_string(hide_password=False)


def _write(path: Path, content: object) -> None:
    """Replace the file at once, so that a reader never sees half of it."""
    draft = path.with_suffix(".new")
    draft.write_text("# Written by `aios up`; change dagster.yaml in the checkout instead.\n" + yaml.safe_dump(content))
    os.replace(draft, path)


def daemons_beat(dagster_url: str) -> Callable[[], bool]:
    """A check, over Dagster's GraphQL, whether each required daemon has given a sign of life since now."""
    since = time.time()

    def check() -> bool:
        query = urllib.request.Request(  # noqa: S310  # always http to loopback, made by us
            f"{dagster_url}/graphql", json.dumps({"query": HEARTBEATS}).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(query, timeout=3) as answer:  # noqa: S310
                statuses = json.load(answer)["data"]["instance"]["daemonHealth"]["allDaemonStatuses"]
        except OSError:
            return False
        required = [status for status in statuses if status["required"]]
        return all(status["healthy"] and (status["lastHeartbeatTime"] or 0) > since for status in required)

    return check
