"""A file that age encrypts (https://age-encryption.org/v1), opened and closed with the owner's identity."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from aios.credentials import private
from aios.errors import CredentialMissing

BEGINNINGS = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")
KEY = "AGE-SECRET-KEY-1"
REMEDY = "Set AIOS_AGE_IDENTITY to the identity that `age-keygen` made, or to the file with it."


def is_sealed(data: bytes) -> bool:
    """Whether age has encrypted it."""
    return data.lstrip().startswith(BEGINNINGS)


def opened(data: bytes, identity: SecretStr | None, path: Path) -> bytes:
    """What is in it; `CredentialMissing` where the identity is not one of those it was encrypted for."""
    age = _age()
    try:
        return bytes(age.decrypt(data.lstrip(), _identities(identity, path)))
    except age.DecryptError as error:
        raise CredentialMissing(f"{path} cannot be decrypted: {str(error).rstrip('.')}.", REMEDY) from None


def sealed(data: bytes, identity: SecretStr, path: Path) -> bytes:
    """The data, encrypted for the identity."""
    return bytes(_age().encrypt(data, [one.to_public() for one in _identities(identity, path)]))


def _identities(identity: SecretStr | None, path: Path) -> list[Any]:
    if identity is None or not identity.get_secret_value().strip():
        raise CredentialMissing(f"{path} is encrypted, and there is no identity to open it with.", REMEDY)
    said = identity.get_secret_value().strip()
    return _read(said if said.upper().startswith(KEY) else _from_file(Path(said).expanduser()))


def _from_file(file: Path) -> str:
    data = private.read(file)
    if data is None:
        raise CredentialMissing("The file that AIOS_AGE_IDENTITY names is not there.", REMEDY)
    return data.decode("utf-8", "replace")


def _read(text: str) -> list[Any]:
    """The identities in it, one a line; a line with `#` is a comment, as `age-keygen` writes it."""
    age = _age()
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    try:
        found = [age.x25519.Identity.from_str(line) for line in lines]
    except age.IdentityError:
        found: list[Any] = []
    if not found:
        raise CredentialMissing("AIOS_AGE_IDENTITY is no age identity.", REMEDY)
    return found


def _age() -> Any:
    import pyrage  # pyright: ignore[reportMissingTypeStubs]  # it has no types

    return pyrage
