"""Output: a listing as a tidy table for people, or as JSON for programs; no text from outside steers the terminal."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Annotated, Any, cast

import typer

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_MAY_SHRINK = {"title", "reason", "remedy", "name", "file", "source", "aliases", "stream"}
"""Columns that are cut on a narrow terminal; ids and states never are."""

WIDE = 10_000
"""Columns of a table that is piped on: nothing is cut."""


def listing(
    items: Sequence[Any], columns: Mapping[str, str], as_json: bool, *, empty: str = "There is nothing here."
) -> None:
    """The items, one line each; `columns` maps fields to headings."""
    plain = [fields(item) for item in items]
    if as_json:
        say_json(plain)
    elif not plain:
        typer.echo(empty)
    else:
        _table(plain, columns)


def details(item: Any, names: Sequence[str], as_json: bool) -> None:
    """One item: the named fields that say something, one line each; all of it as JSON."""
    plain = fields(item)
    if as_json:
        say_json(plain)
        return
    for name in names:
        if plain.get(name) not in (None, "", [], {}, ()):
            typer.echo(f"{name.replace('_', ' '):<14} {tame(plain[name])}")


def fields(item: Any) -> dict[str, Any]:
    """The fields of a dataclass or mapping."""
    if is_dataclass(item) and not isinstance(item, type):
        return asdict(item)
    return dict(cast(Mapping[str, Any], item))


def say_json(value: Any) -> None:
    """The value as JSON on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def tame(value: Any) -> str:
    """A value as text without anything that steers a terminal."""
    if isinstance(value, list | tuple):
        value = ", ".join(str(part) for part in value)  # pyright: ignore
    return _CONTROL.sub("\ufffd", str(value))


def _table(rows: Sequence[dict[str, Any]], columns: Mapping[str, str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, heading in columns.items():
        longest = max(len(_cell(row.get(name))) for row in rows)
        table.add_column(heading, overflow="ellipsis", no_wrap=True, min_width=None if name in _MAY_SHRINK else longest)
    for row in rows:
        table.add_row(*(Text(_cell(row.get(name))) for name in columns))
    Console(width=None if sys.stdout.isatty() else WIDE, highlight=False).print(table)


def _cell(value: Any) -> str:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return f"{value[:10]} {value[11:16]}Z"
    return "" if value is None else tame(value).replace("\n", " ")
