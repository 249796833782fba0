"""`aios credentials`: where each password, key and token stands; set, remove and check them. None is ever shown."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.output import AsJson, listing
from aios.errors import InvalidInput

if TYPE_CHECKING:
    from aios.credentials.credentials import Credentials

app = typer.Typer(help="Credentials: list, set, remove, check. No value is ever shown.")

COLUMNS = {"name": "CREDENTIAL", "where": "WHERE"}
LONGEST = 20_000

Name = Annotated[str, typer.Argument(help="Such as AIOS_SMTP_URL.")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="credentials")


@app.callback(invoke_without_command=True)
def default(context: typer.Context, as_json: AsJson = False) -> None:
    """List credentials and where they stand."""
    if context.invoked_subcommand is None:
        list_(as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List credentials and where they stand."""
    from aios.credentials.names import names

    credentials = _credentials()
    listing([{"name": name, "where": _where(credentials, name)} for name in names()], COLUMNS, as_json)


@app.command("set")
def set_(name: Name) -> None:
    """Set a credential in the file: it is asked for, or read from standard input. The next use takes it."""
    from aios.credentials.names import AT_START, require

    name = require(name)
    credentials = _credentials()
    credentials.file.change(name, _asked(name))
    when = " It is in force at the next start." if name in AT_START else ""
    typer.echo(f"{name} is set in {credentials.file.path}{_shadow(credentials, name)}.{when}")
    for connector in _users_of(name):
        typer.echo(f"Test it: aios connectors test {connector}")


@app.command()
def remove(name: Name) -> None:
    """Take a credential out of the file."""
    from aios.credentials.names import require

    name = require(name)
    credentials = _credentials()
    changed = credentials.file.change(name, None)
    said = "is no longer" if changed else "was not"
    typer.echo(f"{name} {said} in {credentials.file.path}{_shadow(credentials, name)}.")


@app.command()
def check(as_json: AsJson = False) -> None:
    """See that each credential can be read by us and by nobody else; ends with 1 where one cannot."""
    from aios.credentials.check import findings

    found = findings(_credentials())
    columns = {"name": "CREDENTIAL", "problem": "PROBLEM", "remedy": "REMEDY"}
    listing(found, columns, as_json, empty="Every credential that is set can be read, by nobody else.")
    if found:
        raise typer.Exit(1)


def _credentials() -> "Credentials":
    from aios.credentials.credentials import Credentials
    from aios.settings import load_settings

    return Credentials(load_settings(os.environ))


def _where(credentials: "Credentials", name: str) -> str:
    match credentials.origin(name):
        case "settings":
            return "environment" if os.environ.get(name) else "aios.toml"
        case "file":
            return f"{credentials.file.path}{', encrypted' if credentials.file.is_sealed else ''}"
        case _:
            return "not set"


def _shadow(credentials: "Credentials", name: str) -> str:
    where = _where(credentials, name)
    return f"; what the {where} says goes first" if where in ("environment", "aios.toml") else ""


def _users_of(name: str) -> list[str]:
    from aios.connectors.registry import CONTRACTS  # every contract: only who sets one needs them

    return [contract.name for contract in CONTRACTS if name in contract.credentials]


def _asked(name: str) -> str:
    """The value, from a prompt that shows nothing or standard input; never from the command line, which others see."""
    if sys.stdin.isatty():
        value: str = typer.prompt(name, hide_input=True, confirmation_prompt=True)
    else:
        value = sys.stdin.read(LONGEST + 1)
    value = value.strip()
    if not value:
        raise InvalidInput("There is no value.", f"Give it on standard input: aios credentials set {name} < FILE")
    if len(value) > LONGEST or any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise InvalidInput("That is no password, key or token: it must be one line.", "Give the value alone.")
    return value
