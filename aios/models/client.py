"""`Client`: one call to an OpenAI-compatible server over the `openai` SDK, and everything that can go wrong with it."""

import os
import re
import threading
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from aios.credentials.credentials import Credentials
from aios.errors import CredentialMissing
from aios.models.embedded import Embedded, read_embedded
from aios.models.failures import CallFailed
from aios.models.pricing import OFFICIAL
from aios.models.reply import Reply, read_reply
from aios.models.request import Call
from aios.settings import Settings
from aios.text import clean

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI

R = TypeVar("R")

REASONING_TOKENS = 2000
"""Room for hidden reasoning on top of the answer, on models that count it against the same bound."""


A_DAY = 86_400.0
"""The longest wait that a server is believed."""


class Client:
    """Talks to the server that the settings name; safe to share between threads, and across a fork."""

    def __init__(self, settings: Settings) -> None:
        self.base_url = settings.openai_base_url or OFFICIAL
        self._official = urlsplit(self.base_url).hostname == urlsplit(OFFICIAL).hostname
        self._settings = settings
        self.credentials = Credentials(settings)
        self._lock = threading.Lock()
        self._sdk: tuple[tuple[int, str], Any] | None = None

    @property
    def address(self) -> str:
        """The server's address, without a user or password that may stand in it."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def max_tokens(self, call: Call) -> int:
        """The most tokens the server may produce for the call, hidden reasoning included."""
        return call.max_tokens + (REASONING_TOKENS if self._reasons(call.model) else 0)

    def complete(self, call: Call) -> Reply:
        """Send the call once; raises `CallFailed`, and nothing else, where there is no answer."""
        started = perf_counter()

        def ask() -> Reply:
            text = self._send(lambda sdk: sdk.chat.completions, self._parameters(call))
            return read_reply(text, round((perf_counter() - started) * 1000))

        return self._keyless(ask)

    def embed(self, model: str, texts: Sequence[str]) -> Embedded:
        """A vector for each text, asked for once; raises `CallFailed`, and nothing else, where there is no answer."""
        parameters = {"model": model, "input": list(texts), "encoding_format": "float"}
        return self._keyless(lambda: read_embedded(self._send(lambda sdk: sdk.embeddings, parameters), len(texts)))

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        with self._lock:
            if self._sdk is not None:
                self._sdk[1].close()
            self._sdk = None

    def _keyless(self, ask: Callable[[], R]) -> R:
        """Servers like to quote the key that they refuse; it is taken out of what is told."""
        try:
            return ask()
        except CallFailed as failure:
            reason = self.credentials.scrubbed(failure.reason)
            raise CallFailed(failure.kind, reason, failure.retry_after) from failure

    def _send(self, part: Callable[["OpenAI"], Any], parameters: dict[str, Any]) -> str:
        import httpx2
        import openai

        try:
            return part(self._client()).with_raw_response.create(**parameters).http_response.text
        except CredentialMissing as error:
            raise CallFailed("credential", error.message) from None
        except UnicodeEncodeError:
            raise CallFailed("credential", "the key has characters that no key has") from None
        except openai.APIConnectionError as error:
            raise _connection_failure(error) from error
        except openai.APIStatusError as error:
            raise _status_failure(error) from error
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise CallFailed("malformed", f"the answer could not be read ({type(error).__name__})") from error

    def _client(self) -> "OpenAI":
        from openai import OpenAI

        key = self.credentials.find("OPENAI_API_KEY")
        said = key.get_secret_value() if key else "none"
        opened_with = (os.getpid(), said)
        with self._lock:
            if self._sdk is None or self._sdk[0] != opened_with:
                sdk = OpenAI(
                    api_key=said,
                    base_url=self.base_url,
                    timeout=self._settings.aios_model_timeout,
                    max_retries=0,
                )
                self._sdk = (opened_with, sdk)
            return self._sdk[1]

    def _parameters(self, call: Call) -> dict[str, Any]:
        schema = {"name": call.schema_name, "strict": True, "schema": call.schema}
        bound = "max_completion_tokens" if self._official else "max_tokens"
        parameters: dict[str, Any] = {
            "model": call.model,
            "messages": list(call.messages),
            bound: self.max_tokens(call),
            # beside what the SDK walks through key by key; a schema is long, and already as it has to be
            "extra_body": {"response_format": {"type": "json_schema", "json_schema": schema}},
            "extra_headers": {"Idempotency-Key": call.hash},
        }
        return parameters | ({"reasoning_effort": "low"} if self._reasons(call.model) else {})

    def _reasons(self, model: str) -> bool:
        return self._official and re.match(r"gpt-[5-9]|o\d", model) is not None


def _connection_failure(error: Exception) -> CallFailed:
    import httpx2
    import openai

    never_sent = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
    if isinstance(error.__cause__, never_sent):
        return CallFailed("unreachable", "no connection")
    if isinstance(error, openai.APITimeoutError):
        return CallFailed("timeout", "no answer in time")
    return CallFailed("disconnected", "the connection broke before the answer was complete")


def _status_failure(error: "APIStatusError") -> CallFailed:
    status, body = error.status_code, cast(object, error.body)
    said = cast(dict[str, object], body).get("message") if isinstance(body, dict) else None
    reason = f"HTTP {status}: {clean(str(said or error.response.reason_phrase), 300)}"
    if status in (401, 402, 403) or error.code == "insufficient_quota":
        return CallFailed("credential", reason)
    if status == 429:
        return CallFailed("rate_limited", reason, _retry_after(error))
    if status >= 500 or status in (408, 409, 425):
        return CallFailed("server", reason, _retry_after(error))
    return CallFailed("refused", reason)


def _retry_after(error: "APIStatusError") -> float | None:
    """Seconds from `Retry-After` (RFC 9110, 10.2.3), which may be a date, or OpenAI's `retry-after-ms`."""
    from email.utils import parsedate_to_datetime

    headers = error.response.headers
    value = headers.get("retry-after", "")
    try:
        if "retry-after-ms" in headers:
            seconds = float(headers["retry-after-ms"]) / 1000
        elif value.replace(".", "", 1).isdigit():
            seconds = float(value)
        else:
            seconds = (parsedate_to_datetime(value) - parsedate_to_datetime(headers["date"])).total_seconds()
    except (KeyError, ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), A_DAY)
