"""The mark of credentials: what changes when they do, and tells as good as nothing of them."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from aios.credentials.credentials import Credentials
from aios.errors import CredentialMissing

COST = 2**13
"""How much work it is (scrypt's n), so that nobody can try passwords on a mark quickly."""

BYTES = 2
"""A mark is so short that very many passwords have the same one; a new password has another, almost always."""


def mark_of(credentials: Credentials, names: Iterable[str]) -> str:
    """The mark of the credentials as they are now; that they are missing, or not to be read, has a mark as well."""
    return _marked("\0".join(_value(credentials, name) for name in names))


def _value(credentials: Credentials, name: str) -> str:
    try:
        found = credentials.find(name)
    except CredentialMissing as error:
        return error.message
    return found.get_secret_value() if found else ""


@lru_cache(maxsize=64)
def _marked(values: str) -> str:
    return hashlib.scrypt(values.encode(), salt=b"aios credentials", n=COST, r=8, p=1, dklen=BYTES).hex()
