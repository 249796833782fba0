"""Payloads of every event type, each field that can hold text holding a distinctive word."""

from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from aios.events.payload import Payload

WORD = "zaphira"


def sample(model: type[Payload]) -> Payload:
    """A payload with every field filled."""
    return model.model_validate({name: _value(field.annotation) for name, field in model.model_fields.items()})


def _value(annotation: Any) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return inner[0]
    if origin in (Union, UnionType):
        return _value(inner[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {name: _value(field.annotation) for name, field in annotation.model_fields.items()}
    if origin is dict:
        return {"a": _value(inner[1])} if inner[1] is not Any else {"a": WORD, "b": [WORD], "c": {"d": WORD}, "n": 7}
    if origin in (tuple, list):
        return [_value(inner[0])]
    return {str: WORD, int: 7, float: 0.5, bool: True, Any: WORD}[annotation]
