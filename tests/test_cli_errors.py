"""What goes wrong on the command line is one sentence with its remedy; never a traceback."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.commands import aios, inside
from tests.ports import free_port


def sentence(text: str) -> str:
    """The text, if it is one line that a person can read."""
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    return text.strip()


def test_a_port_in_use_is_named_with_the_way_out(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = aios(home, "up", AIOS_WORKSPACE_PORT=port, AIOS_DAGSTER_PORT=free_port(), AIOS_CHROMA_PORT=free_port())
    assert ended.returncode == 1
    assert sentence(ended.stderr) == (
        f"Port {port} on 127.0.0.1, which the workspace needs, is in use by another program. "
        "End that program, or choose another port with AIOS_WORKSPACE_PORT."
    )


def test_a_database_that_does_not_answer_stops_the_start_before_anything_runs(home: Path) -> None:
    url = f"postgresql://aios:secret@127.0.0.1:{free_port()}/aios"
    ports = {f"AIOS_{name}_PORT": free_port() for name in ("WORKSPACE", "DAGSTER", "CHROMA")}
    ended = aios(home, "up", AIOS_DATABASE_URL=url, **ports)
    assert ended.returncode == 1
    assert "can't be opened" in sentence(ended.stderr)
    assert "secret" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    ("words", "settings", "code", "said"),
    [
        (["nonsense"], {}, 2, "No such command 'nonsense'. See `aios --help`."),
        (["up", "--sideways"], {}, 2, "No such option: --sideways"),
        (["doctor"], {"AIOS_MODE": "wild"}, 1, "AIOS_MODE is wrong: Input should be 'sandbox' or 'live'"),
        (["doctor"], {"AIOS_DAGSTER_PORT": "many"}, 1, "AIOS_DAGSTER_PORT is wrong"),
    ],
)
def test_wrong_use_and_wrong_settings_are_told_apart_by_exit_code(
    home: Path, words: list[str], settings: dict[str, Any], code: int, said: str
) -> None:
    ended = inside(home, *words, **settings)
    assert ended.returncode == code
    assert said in sentence(ended.stderr)


def test_a_home_that_cannot_be_made_is_named(home: Path) -> None:
    file = home / "file"
    file.touch()
    ended = aios(file / "below", "up")
    assert ended.returncode == 1
    remedy = "Set AIOS_HOME to a writable folder."
    assert sentence(ended.stderr) == f"{file / 'below'} can't be made (Not a directory). {remedy}"


def test_the_doctor_finds_nothing_wrong_with_a_fresh_home(home: Path) -> None:
    ports = {f"AIOS_{name}_PORT": free_port() for name in ("WORKSPACE", "DAGSTER", "CHROMA")}
    ended = inside(home, "doctor", "--json", **ports)
    found = {finding["name"]: finding["state"] for finding in json.loads(ended.stdout)}
    assert ended.returncode == 0
    assert {found[name] for name in ("installation", "home")} == {"ok"}
    assert "down" not in found.values()


def test_the_doctor_fails_when_something_is_down(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = inside(home, "doctor", AIOS_CHROMA_PORT=port, AIOS_DAGSTER_PORT=free_port())
    assert ended.returncode == 1
    assert f"port {port} is in use by another program." in ended.stdout


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        (["cases"], {"AIOS_DATABASE_URL": "postgresql://aios:secret@127.0.0.1:1/aios"}, "can't be opened"),
        (["cases"], {"AIOS_DATABASE_URL": "mysql://aios:secret@127.0.0.1/aios"}, "neither a SQLite nor a Postgres"),
        (["cases"], {"AIOS_HOME": "/proc/nowhere"}, "can't be made"),
        (["cases", "show", "\udcff"], {}, "cannot be stored"),
        (["events", "--after", "99999999999999999999"], {}, "too large"),
    ],
)
def test_every_command_says_what_is_wrong_with_where_it_works(
    home: Path, words: list[str], settings: dict[str, Any], said: str
) -> None:
    ended = inside(home, *words, **settings)
    assert ended.returncode == 1
    assert said in sentence(ended.stderr)
    assert "no name for" not in ended.stderr
    assert "secret" not in ended.stderr
