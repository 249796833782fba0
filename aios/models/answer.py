"""Reading a model's answer against its contract, and the one call that asks for a better one."""

import re
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from aios.models.reply import Reply
from aios.models.request import Call

T = TypeVar("T", bound=BaseModel)

QUOTED = 4000
"""Characters of an invalid answer that are shown to the model again."""

_FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*)\n\s*```\s*$", re.DOTALL)


@dataclass(frozen=True)
class Reading(Generic[T]):
    """The output, or the `problem` that keeps the reply from being one."""

    output: T | None
    problem: str = ""


def read(reply: Reply, schema: type[T]) -> Reading[T]:
    """The reply as the schema's type; servers that do not constrain may put a fence around the JSON."""
    if reply.refusal:
        return Reading(None, "it is a refusal")
    if reply.finish == "content_filter":
        return Reading(None, "the provider's content filter cut it")
    fenced = _FENCE.match(reply.content)
    try:
        return Reading(schema.model_validate_json(fenced[1] if fenced else reply.content))
    except ValidationError as error:
        if reply.finish == "length":
            return Reading(None, "it was cut off at the token limit")
        return Reading(None, _problem(error))


def repair_call(call: Call, reply: Reply, problem: str) -> Call:
    """The call that says what was wrong and asks again; after a cut, with twice the room and without the torso."""
    if reply.finish == "length":
        return replace(call, max_tokens=call.max_tokens * 2)
    said = reply.content[:QUOTED] or reply.refusal or "(nothing)"
    again = f"Your answer could not be used: {problem}. Answer once more, with nothing but JSON that fits the schema."
    return replace(
        call,
        messages=(*call.messages, {"role": "assistant", "content": said}, {"role": "user", "content": again}),
    )


def _problem(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "it is not valid JSON"
    where = ".".join(str(part) for part in first["loc"]) or "the top level"
    return f"at {where}: {first['msg']}"
