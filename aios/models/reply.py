"""`Reply`: what a server answered, read from the text of a chat completion."""

from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from aios.models.failures import CallFailed
from aios.models.pricing import Usage
from aios.text import clean


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


def read_reply(text: str, latency_ms: int) -> Reply:
    """The reply in the text; `CallFailed` (malformed) where it is no chat completion."""
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
