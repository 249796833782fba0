"""`Account`: a server and who we are there, as an address says it: `scheme://user:password@host:port/path?query`."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

from aios.errors import CredentialMissing


@dataclass(frozen=True)
class Account:
    """An account. `port` is 0 where the address names none; `path` begins with a slash or is empty."""

    scheme: str
    host: str
    port: int
    path: str
    user: str = ""
    password: str = field(default="", repr=False)
    options: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def place(self) -> str:
        """Host and port as an address has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host

    @property
    def label(self) -> str:
        """How people are shown whose account it is; nothing of it is secret."""
        return f"{self.user} at {self.place}" if self.user else self.place


def read_account(name: str, address: SecretStr, schemes: tuple[str, ...], example: str) -> Account:
    """The account of the credential `name`; `CredentialMissing` where it is no address, which is never quoted.

    Characters such as `@` and `/` in user and password are percent-encoded (RFC 3986).
    """
    remedy = f"Write it as {example}"
    try:
        parts = urlsplit(address.get_secret_value())
        port = parts.port or 0
    except ValueError:
        raise CredentialMissing(f"{name} has no valid host and port.", remedy) from None
    if parts.scheme not in schemes or not parts.hostname:
        raise CredentialMissing(f"{name} is no address that begins with {' or '.join(schemes)}.", remedy)
    return Account(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port,
        path=parts.path,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        options={key: values[-1] for key, values in parse_qs(parts.query).items()},
    )
