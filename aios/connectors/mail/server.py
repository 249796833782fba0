"""Where a mail server is, and who we are there, as the credentials say it now."""

from dataclasses import dataclass, field
from typing import Literal

from aios.credentials.account import read_account
from aios.credentials.credentials import Credentials

PORTS = {"smtp": 587, "smtps": 465, "imap": 143, "imaps": 993}


@dataclass(frozen=True)
class Server:
    """A mail server. `tls` is `always` from the first byte on, `starttls` after a greeting, or `never`."""

    host: str
    port: int
    tls: Literal["always", "starttls", "never"]
    user: str = ""
    password: str = field(default="", repr=False)


def find_server(credentials: Credentials, name: str) -> Server:
    """The server of `scheme://user:password@host:port`, `?starttls=1` for STARTTLS; `CredentialMissing` without one."""
    scheme = "smtp" if "SMTP" in name else "imap"
    example = f"{scheme}s://user:password@host:port, or {scheme}://…?starttls=1"
    account = read_account(name, credentials.require(name), (scheme, f"{scheme}s"), example)
    starttls = account.options.get("starttls", "0").lower() in {"1", "true", "yes"}
    tls = "always" if account.scheme.endswith("s") else "starttls" if starttls else "never"
    return Server(account.host, account.port or PORTS[account.scheme], tls, account.user, account.password)
