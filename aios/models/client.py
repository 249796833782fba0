"""`Client`: one call to an OpenAI-compatible server over the `openai` SDK, and everything that can go wrong with it."""

import os
import re
import threading
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from aios.models.pricing import OFFICIAL, Usage
from aios.models.request import Call
from aios.settings import Settings
from aios.text import clean

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI

FailureKind = Literal[
    "rate_limited", "server", "timeout", "disconnected", "unreachable", "malformed", "credential", "refused"
]

PASSING = ("rate_limited", "server", "timeout", "disconnected", "unreachable", "malformed")
"""Kinds of failure that another try may get past."""

MAYBE_BILLED = ("timeout", "disconnected", "malformed")
"""Kinds of failure after which the server may have done, and billed, the work."""

REASONING_TOKENS = 2000
"""Room for hidden reasoning on top of the answer, on models that count it against the same bound."""


A_DAY = 86_400.0
"""The longest wait that a server is believed."""


class CallFailed(Exception):
    """The call has no answer. `retry_after` is in seconds, where the server said so."""

    def __init__(self, kind: FailureKind, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.kind: FailureKind = kind
        self.reason = reason
        self.retry_after = retry_after

    def __repr__(self) -> str:
        """Without the reason, which may quote what was sent: this is what ends up in program logs."""
        return f"CallFailed({self.kind!r})"

    @property
    def passing(self) -> bool:
        """Whether another try may get past it."""
        return self.kind in PASSING

    @property
    def maybe_billed(self) -> bool:
        """Whether it may have cost money all the same."""
        return self.kind in MAYBE_BILLED


@dataclass(frozen=True)
class Reply:
    """What the server answered. `usage` is None where it did not say."""

    content: str
    refusal: str
    finish: str
    usage: Usage | None
    latency_ms: int


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Cached(BaseModel):
    cached_tokens: int | None = Field(default=None, ge=0)


class _Usage(BaseModel):
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    prompt_tokens_details: _Cached | None = None


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class Client:
    """Talks to the server that the settings name; safe to share between threads, and across a fork."""

    def __init__(self, settings: Settings) -> None:
        self.base_url = settings.openai_base_url or OFFICIAL
        self._settings = settings
        self._lock = threading.Lock()
        self._sdk: tuple[int, Any] | None = None

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
        import httpx2
        import openai

        started = perf_counter()
        try:
            create: Any = self._client().chat.completions.with_raw_response.create
            text: str = create(**self._parameters(call)).http_response.text
        except openai.APITimeoutError:
            raise CallFailed("timeout", f"no answer within {self._settings.aios_model_timeout:g} s") from None
        except openai.APIConnectionError as error:
            raise _connection_failure(error) from error
        except openai.APIStatusError as error:
            raise _status_failure(error) from error
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            raise CallFailed("malformed", f"the answer could not be read ({type(error).__name__})") from error
        return _reply(text, round((perf_counter() - started) * 1000))

    def _client(self) -> "OpenAI":
        from openai import OpenAI

        with self._lock:
            if self._sdk is None or self._sdk[0] != os.getpid():
                key = self._settings.openai_api_key
                sdk = OpenAI(
                    api_key=key.get_secret_value() if key else "none",
                    base_url=self.base_url,
                    timeout=self._settings.aios_model_timeout,
                    max_retries=0,
                )
                self._sdk = (os.getpid(), sdk)
            return self._sdk[1]

    def _parameters(self, call: Call) -> dict[str, Any]:
        schema = {"name": call.schema_name, "strict": True, "schema": call.schema}
        bound = "max_completion_tokens" if self.base_url == OFFICIAL else "max_tokens"
        parameters: dict[str, Any] = {
            "model": call.model,
            "messages": list(call.messages),
            "response_format": {"type": "json_schema", "json_schema": schema},
            bound: self.max_tokens(call),
            "extra_headers": {"Idempotency-Key": call.hash},
        }
        return parameters | ({"reasoning_effort": "low"} if self._reasons(call.model) else {})

    def _reasons(self, model: str) -> bool:
        return self.base_url == OFFICIAL and re.match(r"gpt-[5-9]|o\d", model) is not None


def _reply(text: str, latency_ms: int) -> Reply:
    try:
        completion = _Completion.model_validate_json(text)
    except ValidationError as error:
        what = "no JSON" if error.errors()[0]["type"] == "json_invalid" else "no chat completion"
        raise CallFailed("malformed", f"the server's answer is {what}: {clean(text, 80)!r}") from None
    choice = completion.choices[0]
    return Reply(
        content=clean(choice.message.content or ""),
        refusal=clean(choice.message.refusal or "", 1000),
        finish=choice.finish_reason or "",
        usage=_usage(completion.usage),
        latency_ms=latency_ms,
    )


def _usage(usage: _Usage | None) -> Usage | None:
    if usage is None:
        return None
    details = usage.prompt_tokens_details
    cached = (details.cached_tokens or 0) if details else 0
    return Usage(usage.prompt_tokens, usage.completion_tokens, min(cached, usage.prompt_tokens))


def _connection_failure(error: Exception) -> CallFailed:
    import httpx2

    if isinstance(error.__cause__, httpx2.ConnectError):
        return CallFailed("unreachable", "no connection")
    return CallFailed("disconnected", "the connection broke before the answer was complete")


def _status_failure(error: "APIStatusError") -> CallFailed:
    status, said = error.status_code, clean(error.message, 300)
    reason = f"HTTP {status}: {said}"
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
