"""The `aios` command as a person runs it: the installed program, in a home and on ports of its own."""

import contextlib
import io
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from unittest.mock import patch

import pytest
import typer
from typer.testing import CliRunner, Result

AIOS = str(Path(sysconfig.get_path("scripts")) / "aios")
OURS = ("AIOS_", "OPENAI_", "STRIPE_", "DAGSTER_")


def environment(home: Path, **settings: object) -> dict[str, str]:
    """This process's environment with no setting of ours but the given ones."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**plain, "AIOS_HOME": str(home), **{name: str(value) for name, value in settings.items()}}


def aios(home: Path, *words: str, timeout: float = 60, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [AIOS, *words], env=environment(home, **settings), capture_output=True, text=True, timeout=timeout, check=False
    )


def inside(home: Path, *words: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """The same from the program's first line on, in this process: only what starts Python is left out."""
    from aios.cli.main import main

    command, out, err = [AIOS, *words], io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, environment(home, **settings), clear=True),
        patch.object(sys, "argv", command),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return subprocess.CompletedProcess(command, int(ended.value.code or 0), out.getvalue(), err.getvalue())


def here(
    family: typer.Typer, home: Path, patch: pytest.MonkeyPatch, *words: str, said: str = "", **settings: object
) -> Result:
    """Run a command of a family in this process, which is far sooner done; an error of ours is its exception."""
    for name in os.environ:
        if name.startswith(OURS):
            patch.delenv(name)
    for name, value in {"AIOS_HOME": home, **settings}.items():
        patch.setenv(name, str(value))
    return CliRunner().invoke(family, list(words), input=said)
