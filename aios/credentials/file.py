"""`CredentialsFile`: names and values in one file, as TOML, plain and private or encrypted by age."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from aios.credentials import private, sealed
from aios.errors import CredentialMissing

HEADER = "# Credentials of aios. `aios credentials set NAME` changes one without showing it.\n"


class CredentialsFile:
    """The file. What it holds is kept until it changes; without that, each call outside would decrypt it anew."""

    def __init__(self, path: Path, identity: SecretStr | None = None) -> None:
        self.path = path
        self.identity = identity
        self._known: tuple[tuple[int, ...], dict[str, str]] = ((), {})

    def read(self) -> dict[str, str]:
        """Its values by name, none where there is no file; `CredentialMissing` where it is not to be used as it is."""
        mark = private.mark(self.path)
        if not mark or mark != self._known[0]:
            self._known = mark, _values(self._text(), self.path)
        return self._known[1]

    @property
    def is_sealed(self) -> bool:
        """Whether it is encrypted."""
        return sealed.is_sealed(private.read(self.path) or b"")

    def change(self, name: str, value: str | None) -> bool:
        """Set a value, or take it out (None), leaving all else as it is; says whether anything changed.

        With an identity the file is encrypted for it, also where it was plain before.
        """
        with private.alone(self.path):
            text = self._text()
            before = _values(text, self.path)
            after = {**before, name: value} if value is not None else {k: v for k, v in before.items() if k != name}
            if after == before and (self.identity is None or self.is_sealed):
                return False
            data = _edited(text or HEADER, name, after, self.path).encode()
            private.write(self.path, sealed.sealed(data, self.identity, self.path) if self.identity else data)
        return after != before

    def _text(self) -> str:
        data = private.read(self.path) or b""
        if sealed.is_sealed(data):
            data = sealed.opened(data, self.identity, self.path)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise CredentialMissing(f"{self.path} is no text in UTF-8.", "Write it anew.") from None


def _values(text: str, path: Path) -> dict[str, str]:
    try:
        said: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at .*\)", str(error))  # the rest may quote a value
        reason = f"{path} is not valid TOML {where.group() if where else ''}".rstrip()
        raise CredentialMissing(f"{reason}.", 'Write each line as NAME = "value".') from None
    for name, value in said.items():
        if not isinstance(value, str):
            raise CredentialMissing(f"{path}: {name} is no text.", 'Write it as NAME = "value".')
    return {name.upper(): str(value).strip() for name, value in said.items()}


def _edited(text: str, name: str, after: dict[str, str], path: Path) -> str:
    """The text with one value changed; comments stay, and so do the other lines where that leaves them right."""
    own = re.compile(rf"\s*{re.escape(name)}\s*=", re.IGNORECASE)
    line = f"{name} = {_quoted(after[name])}\n" if name in after else ""
    others = "".join(each for each in text.splitlines(keepends=True) if not own.match(each))
    edited = f"{others}{'' if not others or others.endswith(chr(10)) else chr(10)}{line}"
    try:
        if _values(edited, path) == after:
            return edited
    except CredentialMissing:
        pass
    return HEADER + "".join(f"{each} = {_quoted(value)}\n" for each, value in after.items())


def _quoted(value: str) -> str:
    """A basic string of TOML: as in JSON, but for DEL, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
