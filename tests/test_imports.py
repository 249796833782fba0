"""What a process imports before it does anything: every command, every run and every start pays for it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"bs4", "chromadb", "genai_prices", "httpx", "imap_tools", "lxml", "numpy", "onnxruntime", "openai", "pandera"}
HEAVY |= {"phonenumbers", "polars", "py3langid", "pypdf", "stamina", "tokenizers"}


def imported(statements: str) -> set[str]:
    """The modules of a new process that has run the statements."""
    code = f"import sys\n{statements}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def open_kernel(home: Path) -> str:
    """Statements that open the kernel in the home."""
    return f"""
from aios.kernel import open_kernel
from aios.settings import load_settings
kernel = open_kernel(load_settings({{"AIOS_HOME": {str(home)!r}, "OPENAI_API_KEY": "sk-test"}}))
"""


@pytest.mark.parametrize("module", ["aios.definitions", "aios.workspace.app"])
def test_what_dagster_and_the_workspace_load_imports_no_heavy_library(module: str) -> None:
    assert imported(f"import {module}") & HEAVY == set()


def test_an_open_kernel_has_imported_no_model_library_until_a_model_is_asked(home: Path) -> None:
    opened = imported(open_kernel(home))
    assert opened & HEAVY == set()
    assert "aios.models.gateway" in opened
    asked = imported(
        open_kernel(home)
        + "from aios.models.request import Call\n"
        + "call = Call('m', ({'role': 'user', 'content': 'hello'},), 'n', {}, 1)\n"
        + "kernel.gateway.client.base_url = 'http://127.0.0.1:1/v1'\n"
        + "try:\n    kernel.gateway.client.complete(call)\nexcept Exception as error:\n    print(repr(error))\n"
    )
    assert "openai" in asked


def test_help_is_shown_without_the_kernel_and_without_a_database_library() -> None:
    loaded = imported("import aios.cli.main")
    assert not {name for name in loaded if name.split(".")[0] in ("sqlalchemy", "pydantic", "jinja2")}
    assert "aios.kernel" not in loaded
