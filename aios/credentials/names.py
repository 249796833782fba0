"""Which settings are credentials: those that are secret, and may change while aios runs."""

from functools import cache
from typing import get_args

from pydantic import SecretStr

from aios.errors import NotFound
from aios.settings import Settings

FIXED = ("aios_database_url", "aios_age_identity")
"""Secrets that are needed before the file can be read, or are the same until the next start: they are settings only."""


AT_START = ("AIOS_PASSWORD",)
"""Credentials that are read when a part starts: the workspace must not open up because a file changed meanwhile."""


@cache
def names() -> tuple[str, ...]:
    """The credentials there are, as environment variables are called."""
    fields = Settings.model_fields.items()
    return tuple(
        name.upper() for name, field in fields if SecretStr in get_args(field.annotation) and name not in FIXED
    )


def require(name: str) -> str:
    """The name, if it is a credential's; `NotFound` otherwise."""
    if name.upper() not in names():
        raise NotFound(f"There is no credential {name[:60]!r}.", f"Known are {', '.join(names())}.")
    return name.upper()
