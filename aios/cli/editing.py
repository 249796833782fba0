"""Editing: fields of a proposal changed on the command line or in the owner's editor."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from aios.errors import InvalidInput

HEAD = "# Change what should be different, save and close. Nothing changed means nothing happens.\n"


def parse_fields(changes: Sequence[str], before: Mapping[str, Any]) -> dict[str, Any]:
    """`field=value` pairs as edits; several values of a list are separated by commas."""
    edits: dict[str, Any] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise InvalidInput(f"{change!r} is no change.", "Write --set field=value.")
        several = isinstance(before.get(name.strip()), list)
        edits[name.strip()] = [part.strip() for part in value.split(",") if part.strip()] if several else value
    return edits


def edit_fields(before: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the owner changed in `$EDITOR`; `InvalidInput` where the file is no longer readable."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise InvalidInput("No editor is set.", "Set EDITOR, or give the changes with --set field=value.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "decision.yaml"
        file.write_text(HEAD + yaml.dump(dict(before), Dumper=_Dumper, allow_unicode=True, sort_keys=False), "utf-8")
        ended = subprocess.run([*shlex.split(editor), str(file)], check=False)
        if ended.returncode:
            raise InvalidInput(f"The editor ended with {ended.returncode}.", "Nothing was changed.")
        return _changed(before, file.read_text("utf-8"))


def _changed(before: Mapping[str, Any], text: str) -> dict[str, Any]:
    try:
        after: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInput(f"The edited text is no valid YAML: {error}.", "Edit it again.") from None
    if not isinstance(after, dict):
        raise InvalidInput("The edited text has no fields.", "Keep the names of the fields.")
    given: dict[str, Any] = {str(name): value for name, value in after.items()}  # pyright: ignore
    return {name: value for name, value in given.items() if value != before.get(name)}


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block, so that a person can edit it."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)  # pyright: ignore[reportUnknownMemberType]


_Dumper.add_representer(str, _text)
