"""The stack: which parts make up a running aios, in which order, on which ports."""

import os
import shutil
import sys
import sysconfig
from dataclasses import replace

from aios.cli.dagster_home import daemons_beat, location_loads, write_instance
from aios.cli.part import Part
from aios.cli.ports import LOOPBACK, accepts, accepts_in, answers, free_port, require_free
from aios.errors import Misconfigured
from aios.fingerprint import PACKAGES, fingerprint
from aios.settings import Settings

QUIET = {"ANONYMIZED_TELEMETRY": "False", "PYTHONUNBUFFERED": "1"}


def check_ports(settings: Settings) -> None:
    """Refuse to start where another program holds one of our ports."""
    require_free(settings.aios_workspace_port, "the workspace", "AIOS_WORKSPACE_PORT", settings.aios_host)
    require_free(settings.aios_dagster_port, "Dagster", "AIOS_DAGSTER_PORT")
    if settings.aios_chroma_url is None:
        require_free(settings.aios_chroma_port, "Chroma", "AIOS_CHROMA_PORT")


def build_stack(settings: Settings) -> list[Part]:
    """The parts of this home. Chroma is ours only where no `AIOS_CHROMA_URL` names another one."""
    code_server_port = free_port()
    env = {**QUIET, "AIOS_HOME": str(settings.home), **write_instance(settings, code_server_port)}
    parts = [_code_server(code_server_port), _webserver(settings), _daemon(settings), _workspace(settings)]
    if sys.platform == "linux":
        parts.insert(1, _runs(settings))
    if settings.aios_chroma_url is None:
        parts.insert(0, _chroma(settings))
    return [replace(part, env={**env, **part.env}) for part in parts]


def _chroma(settings: Settings) -> Part:
    port = settings.aios_chroma_port
    place = ("--path", str(settings.home / "chroma"), "--host", LOOPBACK, "--port", str(port))
    return Part("chroma", (program("chroma"), "run", *place), answers(f"http://{LOOPBACK}:{port}/api/v2/heartbeat"))


def _code_server(port: int) -> Part:
    where = ("--host", LOOPBACK, "--port", str(port), "--location-name", "aios")
    command = (program("dagster"), "api", "grpc", "-m", "aios.definitions", *where)
    return Part("dagster-code", command, accepts(port), made_of=lambda: fingerprint(PACKAGES))


def _runs(settings: Settings) -> Part:
    """Keeps a warm process from which runs are forked; without it they start the slow way."""
    command = (sys.executable, "-m", "resources.warm", "aios.definitions")
    return Part("dagster-runs", command, accepts_in(settings.home / "dagster", "warm.sock"))


def _webserver(settings: Settings) -> Part:
    port = settings.aios_dagster_port
    command = (sys.executable, "-m", "resources.webserver", str(port), _workspace_file(settings))
    return Part("dagster-webserver", command, location_loads(settings.dagster_url), needs=("dagster-code",))


def _daemon(settings: Settings) -> Part:
    command = (sys.executable, "-m", "resources.daemon", _workspace_file(settings))
    return Part("dagster-daemon", command, daemons_beat(settings.dagster_url), needs=("dagster-code",))


def _workspace(settings: Settings) -> Part:
    command = (sys.executable, "-m", "aios.workspace")
    return Part("workspace", command, accepts(settings.aios_workspace_port))


def _workspace_file(settings: Settings) -> str:
    return str(settings.home / "dagster" / "workspace.yaml")


def program(name: str) -> str:
    """The path of a command that was installed beside this Python."""
    found = shutil.which(name, path=os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", ""))))
    if found is None:
        raise Misconfigured(f"The command `{name}` is missing.", "Install aios again with `make`.")
    return found
