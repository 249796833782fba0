"""`Credentials`: the value of each credential as it is now, wherever the owner keeps it."""

from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from aios.credentials import private
from aios.credentials.file import CredentialsFile
from aios.credentials.names import names, require
from aios.errors import CredentialMissing
from aios.settings import Settings

Origin = Literal["settings", "file", ""]

ELSEWHERE = "file:"
"""How a value begins that stands in a file of its own: `file:/run/secrets/smtp`."""

SHORTEST = 6
"""Characters; what is shorter is not taken out of texts, where it would be found by chance."""


class Credentials:
    """Passwords, keys and tokens: the environment and `aios.toml` first, then the file `AIOS_CREDENTIALS`.

    Ask whenever one is used and keep none: a file is read again when it has changed, so that a new password is in
    force at once. Without it, each connector would go on with the one it was opened with.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.file = CredentialsFile(settings.credentials_file, settings.aios_age_identity)

    def find(self, name: str) -> SecretStr | None:
        """The value now, None where it is not set; `CredentialMissing` where its file is not to be used as it is."""
        given = self._given(require(name)) or self.file.read().get(name.upper(), "")
        value = self._from_elsewhere(name, given) if given.startswith(ELSEWHERE) else given
        return SecretStr(value) if value else None

    def require(self, name: str) -> SecretStr:
        """The value now; `CredentialMissing` where it is not set."""
        found = self.find(name)
        if found is None:
            remedy = f"Set it in the environment, or with `aios credentials set {name.upper()}`."
            raise CredentialMissing(f"{name.upper()} is not set.", remedy)
        return found

    def has(self, name: str) -> bool:
        """Whether it is set; a file that is not to be used as it is counts as if it were, so that its fault shows."""
        try:
            return self.find(name) is not None
        except CredentialMissing:
            return True

    def origin(self, name: str) -> Origin:
        """Where it stands: in the settings (environment, `aios.toml`), in the file, or nowhere."""
        if self._given(require(name)):
            return "settings"
        return "file" if self.file.read().get(name.upper()) else ""

    def scrubbed(self, text: str) -> str:
        """The text without any credential that somebody outside has quoted."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, "…")
        return text

    def _given(self, name: str) -> str:
        given: SecretStr | None = getattr(self.settings, name.lower())
        return given.get_secret_value().strip() if given else ""

    def _from_elsewhere(self, name: str, said: str) -> str:
        path = self.settings.home / Path(said.removeprefix(ELSEWHERE)).expanduser()
        data = private.read(path)
        if data is None:
            raise CredentialMissing(f"{path} is not there, where {name.upper()} should stand.", "Put it there.")
        return data.decode("utf-8", "replace").strip()

    def _secrets(self) -> set[str]:
        found: set[str] = set()
        for name in names():
            try:
                value = self.find(name)
            except CredentialMissing:
                continue
            if value is not None:
                found |= _parts(value.get_secret_value())
        return {secret for secret in found if len(secret) >= SHORTEST}


def _parts(value: str) -> set[str]:
    """What in a credential is secret: of an address its password, as written and as meant; of a list each one."""
    if "://" not in value:
        return {value, *value.split()}
    try:
        password = urlsplit(value).password or ""
    except ValueError:
        return {value}
    return {value, password, unquote(password)}
