"""`Web`: one HTTP account outside, whose every answer is either a fact or one of the kernel's failures.

A refusal says that nothing happened. Silence after a request was handed over says nothing: where the request changes
something outside, its outcome is unknown until it is looked up.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING

from aios.credentials.account import Account, read_account
from aios.credentials.credentials import Credentials
from aios.errors import AiosError, CredentialMissing, CredentialRefused, HardFailure, OutcomeUnknown, SoftFailure
from aios.settings import Settings

if TYPE_CHECKING:
    import httpx

WEB = ("http", "https")

READING = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
"""Methods that change nothing outside (RFC 9110, 9.2.1; RFC 4791): after silence they are tried again."""

NOT_NOW = frozenset({408, 423, 425, 429, 503})
"""Statuses that say: not done, try later."""

LONGEST_WAIT = 7 * 86_400
"""Seconds; a server that asks for more is not believed."""

LARGEST_ANSWER = 20_000_000
"""Bytes of an answer that are read; more is no answer to what we ask."""


PATIENCE = 4
"""How many times its time-out an answer may take in all: one that drips is as good as none."""


@dataclass(frozen=True)
class Reply:
    """An answer: its status, its headers (names in lower case) and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass
class Web:
    """An account at a server: `called` names it in sentences, `setting` is where a person mends its address."""

    called: str
    setting: str
    base: str
    auth: tuple[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    timeout: float = 30.0

    def call(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        fine: frozenset[int] = frozenset(),
    ) -> Reply:
        """The answer, where its status is a success or one of `fine`.

        Raises `SoftFailure` or `HardFailure` where it surely was not done, `OutcomeUnknown` where nobody can say.
        """
        import httpx

        try:
            with self._client.stream(method, url, content=body, headers=dict(headers or {})) as response:
                reply = Reply(response.status_code, dict(response.headers), _body(response, PATIENCE * self.timeout))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise SoftFailure(f"{self.called} does not answer: {_name(error)}.", "It is tried again later.") from error
        except httpx.HTTPError as error:
            raise self._silence(method, error) from error
        except httpx.InvalidURL as error:
            raise HardFailure(f"{self.called} has no valid address: {error}.", f"Correct {self.setting}.") from error
        if reply.status < 300 or reply.status in fine:
            return reply
        raise self.refusal(method, reply)

    def close(self) -> None:
        """Close the connections; the next call opens them again."""
        if client := self.__dict__.pop("_client", None):
            client.close()

    @cached_property
    def _client(self) -> "httpx.Client":
        import httpx

        return httpx.Client(
            base_url=self.base,
            auth=self.auth,
            headers=dict(self.headers),
            timeout=httpx.Timeout(self.timeout, connect=min(self.timeout, 10.0)),
            follow_redirects=False,  # a password must not follow to wherever an answer points
            trust_env=False,
        )

    def _silence(self, method: str, error: Exception) -> AiosError:
        said = f"{self.called} went silent: {_name(error)}."
        if method in READING:
            return SoftFailure(said, "It is tried again later.")
        return OutcomeUnknown(said, "It is looked up before anything else.")

    def refusal(self, method: str, reply: Reply) -> AiosError:
        """The failure that an answer is, by its status alone."""
        code = reply.status
        said = f"{self.called} answered {code}{_phrase(code)}."
        if code in (401, 403):
            return CredentialRefused(said, f"Check the user, the password or key, and its rights in {self.setting}.")
        if code in NOT_NOW:
            return SoftFailure(
                said, "It is tried again later.", retry_after=retry_after(reply.headers.get("retry-after", ""))
            )
        if code >= 500:
            return self._server_error(method, said)
        if 300 <= code < 400:
            return HardFailure(said, f"Its address has moved; set {self.setting} to the new one.")
        return HardFailure(said, "Correct what was asked for, then approve it again.")

    def _server_error(self, method: str, said: str) -> AiosError:
        if method in READING:
            return SoftFailure(said, "It is tried again later.")
        return OutcomeUnknown(said, "A server that fails may have done it; it is looked up.")


class SignedIn:
    """The owner's account at a server, with the credential `setting` as it is now: a new one is used at once.

    `called` names the server in sentences, `form` says how the credential is to be written.
    """

    def __init__(self, called: str, setting: str, form: str, settings: Settings) -> None:
        self.called = called
        self.setting = setting
        self.form = form
        self.timeout = settings.aios_connector_timeout
        self.credentials = Credentials(settings)
        self._opened: tuple[Account, Web] | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is an account."""
        return self.credentials.has(self.setting)

    def web(self) -> Web:
        """The account, its connections kept open; `CredentialMissing` where there is none."""
        account = read_account(self.setting, self.credentials.require(self.setting), WEB, self.form)
        if self._opened is None or self._opened[0] != account:
            base = f"{account.scheme}://{account.place}{account.path.rstrip('/')}/"
            auth = (account.user, account.password) if account.user else None
            self._opened = (account, Web(self.called, self.setting, base, auth, timeout=self.timeout))
        return self._opened[1]

    def close(self) -> None:
        """Close the connections; the next use opens them again."""
        if self._opened:
            self._opened[1].close()


def account_label(settings: Settings, setting: str, otherwise: str) -> str:
    """How people are shown whose account it is; nothing of it is secret. `otherwise` where there is none."""
    try:
        return read_account(setting, Credentials(settings).require(setting), WEB, "").label
    except CredentialMissing:
        return otherwise


def _body(response: "httpx.Response", within: float) -> bytes:
    """What the answer holds; one that is far too long, or takes more than so many seconds, is as good as none."""
    import httpx

    parts: list[bytes] = []
    deadline = time.monotonic() + within
    for part in response.iter_bytes():
        parts.append(part)
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("its answer does not end")
        if sum(map(len, parts)) > LARGEST_ANSWER:
            raise httpx.DecodingError("its answer is far too long")
    return b"".join(parts)


def retry_after(said: str) -> float | None:
    """Seconds, given as a number or a date (RFC 9110, 10.2.3); None where it is neither."""
    said = said.strip()
    if said.isascii() and said.isdigit():
        return float(min(int(said), LONGEST_WAIT))
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_WAIT)


def _phrase(code: int) -> str:
    try:
        return f" {HTTPStatus(code).phrase}"
    except ValueError:
        return ""


def _name(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
