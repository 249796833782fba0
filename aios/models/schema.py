"""A pydantic model as the strict JSON schema that structured outputs take.

The rules are those of https://platform.openai.com/docs/guides/structured-outputs: every property required, no further
ones, no `oneOf`, no keyword beside `$ref`, no string lengths. What is dropped here is still checked by pydantic.
"""

import re
from copy import deepcopy
from functools import cache
from typing import Any, cast

from pydantic import BaseModel

from aios.errors import Misconfigured

Schema = dict[str, Any]

_DROPPED = ("default", "title", "minLength", "maxLength", "uniqueItems", "discriminator", "examples")


def schema_name(model: type[BaseModel]) -> str:
    """The model's name, as servers take it."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", model.__name__)[:64]


@cache
def strict_schema(model: type[BaseModel]) -> Schema:
    """The strict schema, the same object each time; `Misconfigured` where the model holds a free dict, which no
    server can constrain.
    """
    root = model.model_json_schema()
    return cast(Schema, _strict(root, root, model.__name__))


def _strict(node: Any, root: Schema, where: str) -> Any:
    if isinstance(node, list):
        return [_strict(item, root, where) for item in cast(list[Any], node)]
    if not isinstance(node, dict):
        return node
    schema = _inlined(cast(Schema, node), root)
    if "oneOf" in schema:
        schema["anyOf"] = schema.pop("oneOf")
    for name in ("properties", "$defs"):
        if name in schema:
            parts = cast(Schema, schema[name])
            schema[name] = {key: _strict(part, root, f"{where}.{key}") for key, part in parts.items()}
    if schema.get("type") == "object":
        _close(schema, where)
    rest = {key: _strict(value, root, where) for key, value in schema.items() if key in ("items", "anyOf", "allOf")}
    return {key: value for key, value in (schema | rest).items() if key not in _DROPPED}


def _inlined(node: Schema, root: Schema) -> Schema:
    """The node without keywords beside `$ref`, which strict mode refuses: the reference is put in place instead."""
    if "$ref" not in node or len(node) == 1:
        return dict(node)
    target = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return deepcopy(target) | {key: value for key, value in node.items() if key != "$ref"}


def _close(schema: Schema, where: str) -> None:
    if schema.get("additionalProperties") not in (None, False) or "properties" not in schema:
        raise Misconfigured(
            f"{where} is a free dict, which a model's answer cannot be held to.",
            "Name its fields in a model of its own.",
        )
    schema["additionalProperties"] = False
    schema["required"] = list(schema["properties"])
