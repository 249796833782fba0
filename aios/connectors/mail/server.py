"""Where a mail server is: the URL of a setting, taken apart."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

from aios.errors import Misconfigured

PORTS = {"smtp": 587, "smtps": 465, "imap": 143, "imaps": 993}


@dataclass(frozen=True)
class Server:
    """A mail server. `tls` is `always` from the first byte on, `starttls` after a greeting, or `never`."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)


def parse_server(name: str, url: SecretStr) -> Server:
    """The server of `scheme://user:password@host:port`, `?starttls=1` for STARTTLS; a wrong URL is `Misconfigured`.

    Characters such as `@` and `/` in user and password are percent-encoded (RFC 3986).
    """
    scheme = "smtp" if "SMTP" in name else "imap"
    remedy = f"Write it as {scheme}s://user:password@host:port, or {scheme}://…?starttls=1"
    parts = urlsplit(url.get_secret_value())
    try:
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Misconfigured(f"{name} has no valid port.", remedy) from None
    if parts.scheme not in {scheme, f"{scheme}s"} or not parts.hostname:
        raise Misconfigured(f"{name} is not the address of a mail server.", remedy)
    starttls = parse_qs(parts.query).get("starttls", ["0"])[-1].lower() in {"1", "true", "yes"}
    tls = "always" if parts.scheme.endswith("s") else "starttls" if starttls else "never"
    return Server(parts.hostname, port, tls, unquote(parts.username or ""), unquote(parts.password or ""))
