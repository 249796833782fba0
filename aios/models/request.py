"""What is asked of a model and what comes back, and the call that is made of it, with its hash."""

from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from aios.ids import digest
from aios.models.schema import schema_name, strict_schema
from aios.text import clean

T = TypeVar("T", bound=BaseModel)
Tier = Literal["small", "mid", "large"]
Message = dict[str, str]

BYTES_PER_TOKEN = 3.5
"""A fair average over the tokenizers in use; there is no tokenizer offline that fits every model."""


@dataclass(frozen=True)
class ModelRequest(Generic[T]):
    """One question to a model. The answer has to fit `schema`.

    `max_tokens` bounds the answer. `attempt` is part of the request's hash: raise it to have a new answer to the
    same question instead of the journalled one.
    """

    agent: str
    agent_version: str
    tier: Tier
    system: str
    user: str
    schema: type[T]
    case_id: str
    process: str
    max_tokens: int = 1200
    attempt: int = 1


@dataclass(frozen=True)
class ModelAnswer(Generic[T]):
    """The answer and its provenance.

    `cost_micros` is what the answer cost when it was paid, so that a step that runs again tells the same; with
    `journalled` nothing was paid this time. Sums of money come from the budgets, not from here.
    """

    output: T
    tier: str
    model: str
    tokens_in: int
    tokens_out: int
    cost_micros: int
    journalled: bool
    request_hash: str


@dataclass(frozen=True)
class Call:
    """Exactly what is sent to a server. Two calls with the same hash are the same call."""

    model: str
    messages: tuple[Message, ...]
    schema_name: str
    schema: dict[str, Any]
    max_tokens: int
    attempt: int = 1

    @cached_property
    def hash(self) -> str:
        """SHA-256 over model, messages, schema and parameters."""
        return digest(
            {
                "model": self.model,
                "messages": list(self.messages),
                "schema": self.schema,
                "max_tokens": self.max_tokens,
                "attempt": self.attempt,
            }
        )

    @cached_property
    def tokens_in(self) -> int:
        """How many tokens the call will probably have, the schema included."""
        texts = [text for message in self.messages for text in message.values()]
        return estimate_tokens("".join([*texts, str(self.schema)])) + 8 * len(self.messages)


def first_call(request: ModelRequest[Any], model: str) -> Call:
    """The call that asks the request of the model."""
    said = (("system", request.system), ("user", request.user))
    return Call(
        model=model,
        messages=tuple({"role": role, "content": clean(text, len(text))} for role, text in said),
        schema_name=schema_name(request.schema),
        schema=strict_schema(request.schema),
        max_tokens=request.max_tokens,
        attempt=request.attempt,
    )


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has, without a tokenizer."""
    return ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
