"""Redaction: every field that can hold text is named as personal or not, and what is left is still valid."""

from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from aios.events.catalog import CATALOG, IncomingMessage, Sender
from aios.events.log import parse_payload
from aios.events.payload import Payload
from aios.events.redaction import FORGOTTEN, forgotten_source, redacted
from tests.payloads import WORD, sample


def leaves(annotation: Any, path: str) -> set[str]:
    """The paths in a field at which there may be text."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        return {leaf for name, field in fields.items() for leaf in leaves(field.annotation, f"{path}.{name}")}
    if get_origin(annotation) is Literal or annotation in (int, float, bool, type(None), Ellipsis):
        return set()
    inner = get_args(annotation)
    if get_origin(annotation) in (Union, UnionType, tuple, list) and inner:
        return {leaf for each in inner for leaf in leaves(each, path)}
    return {path}


def is_named(model: type[Payload], path: str) -> bool:
    named = model.personal | model.impersonal
    return any(path == name or path.startswith(f"{name}.") for name in named)


@pytest.mark.parametrize("model", CATALOG.values(), ids=list(CATALOG))
def test_each_field_that_can_hold_text_is_named_as_personal_or_not(model: type[Payload]) -> None:
    found = {leaf for name, field in model.model_fields.items() for leaf in leaves(field.annotation, name)}
    missing = sorted(path for path in found if not is_named(model, path))
    assert not missing, f"{model.__name__}: name {', '.join(missing)} in `personal` or `impersonal`"


@pytest.mark.parametrize("model", CATALOG.values(), ids=list(CATALOG))
def test_what_a_class_names_is_there(model: type[Payload]) -> None:
    for name in model.personal | model.impersonal:
        assert name.partition(".")[0] in model.model_fields, f"{model.__name__} names {name}"
    assert not model.personal & model.impersonal


@pytest.mark.parametrize("model", CATALOG.values(), ids=list(CATALOG))
def test_what_is_left_is_valid_for_its_type_and_says_nothing_more_when_emptied_again(model: type[Payload]) -> None:
    payload = sample(model).model_dump(mode="json")
    left = redacted({"type": model.type, "source_id": "<zaphira@lead.example>", "payload": payload})
    assert isinstance(parse_payload(model.type, left["payload"]), model)
    assert redacted(left) == left
    for name in model.personal - {path for path in model.personal if "." in path}:
        assert WORD not in str(left["payload"][name]), name


def test_a_message_keeps_its_digests_and_loses_who_wrote_what() -> None:
    model = CATALOG["lead.received"]
    said = {"channel": "mail", "sender": {"email": "a@b.example"}, "text": "Hi", "raw_blob": "ab", "flags": ["list"]}
    files = [{"name": "cv.pdf", "media_type": "application/pdf", "size": 7, "blob": "cd", "note": ""}]
    row = {"type": model.type, "source_id": "<1@b.example>", "payload": {**said, "attachments": files}}
    left = redacted(row)
    message = parse_payload(model.type, left["payload"])
    assert isinstance(message, IncomingMessage)
    assert (message.sender, message.text, message.raw_blob) == (Sender(), FORGOTTEN, "ab")
    assert (message.attachments[0].name, message.attachments[0].blob, message.attachments[0].size) == (
        FORGOTTEN,
        "cd",
        7,
    )
    assert left["source_id"] == forgotten_source("<1@b.example>")


def test_receipts_keep_ids_and_money_and_lose_addresses() -> None:
    receipt = {"message_id": "<x@studio.example>", "to": ["a@b.example"], "amount_minor": 4900, "note": "Ana"}
    row = {"type": "effect.succeeded", "source_id": None, "payload": {"key": "k", "receipt": receipt, "found": False}}
    assert redacted(row)["payload"]["receipt"] == {"message_id": "<x@studio.example>", "amount_minor": 4900}
