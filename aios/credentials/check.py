"""What is wrong with the credentials as they stand, without asking anybody outside."""

import os
import tomllib
from dataclasses import dataclass

from aios.credentials import private
from aios.credentials.credentials import Credentials
from aios.credentials.names import FIXED, names
from aios.errors import CredentialMissing


@dataclass(frozen=True)
class Finding:
    """Something to mend; `name` is a credential's, or that of a file."""

    name: str
    problem: str
    remedy: str


def findings(credentials: Credentials) -> list[Finding]:
    """Everything that is wrong: the file, what it names, and that others can read an `aios.toml` with secrets in it."""
    try:
        said = credentials.file.read()
    except CredentialMissing as error:
        return [Finding(credentials.file.path.name, error.message, error.remedy), *_open_toml(credentials)]
    known = names()
    unknown = [name for name in said if name not in known]
    found = [Finding(name, "It is no credential.", f"Known are {', '.join(known)}.") for name in unknown]
    return [*found, *(bad for name in known if (bad := _unreadable(credentials, name))), *_open_toml(credentials)]


def _unreadable(credentials: Credentials, name: str) -> Finding | None:
    try:
        credentials.find(name)
    except CredentialMissing as error:
        return Finding(name, error.message, error.remedy)
    return None


def _open_toml(credentials: Credentials) -> list[Finding]:
    """An `aios.toml` with secrets that others can read: it works, as it always has, but one should know."""
    file = credentials.settings.home / "aios.toml"
    try:
        with file.open("rb") as opened:
            others = os.fstat(opened.fileno()).st_mode & private.OTHERS
            said = {key.upper() for key in tomllib.load(opened)}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return []
    secret = sorted(said & {*names(), *(name.upper() for name in FIXED)})
    if not (secret and others):
        return []
    return [Finding("aios.toml", f"Others can read {', '.join(secret)} in it.", f"chmod 600 {file}")]
