"""Contracts as the strict JSON schema that structured outputs take."""

from datetime import date
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from aios.errors import Misconfigured
from aios.models.answer import read
from aios.models.reply import Reply
from aios.models.request import estimate_tokens, first_call
from aios.models.schema import schema_name, strict_schema
from tests.gateways import GOOD, Verdict, question


class Mail(BaseModel):
    """One branch of a union."""

    kind: Literal["mail"]
    to: str = Field(min_length=3, max_length=100)


class Phone(BaseModel):
    """The other one."""

    kind: Literal["phone"]
    number: str = ""


class Contact(BaseModel):
    """A contract that uses what strict mode does not take as it is."""

    way: Mail | Phone = Field(discriminator="kind", description="How to reach them.")
    first: Mail = Field(description="A reference with a description beside it.")
    since: date | None = None
    tags: list[str] = []


def objects(node: Any) -> list[dict[str, Any]]:
    """Every object schema in the schema."""
    found = [node] if isinstance(node, dict) and node.get("type") == "object" else []
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        found += objects(part)
    return found


def keywords(node: Any) -> set[str]:
    """Every keyword used in the schema, and every property's name."""
    if isinstance(node, list):
        return set().union(*map(keywords, node)) if node else set()
    return set(node) | keywords(list(node.values())) if isinstance(node, dict) else set()


def test_every_object_is_closed_and_every_property_required() -> None:
    for schema in objects(strict_schema(Contact)):
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])


def test_nothing_is_left_that_strict_mode_refuses() -> None:
    refused = {"default", "oneOf", "discriminator", "minLength", "maxLength", "title"}
    assert not keywords(strict_schema(Contact)) & refused
    assert "$ref" not in strict_schema(Contact)["properties"]["first"]
    assert strict_schema(Contact)["properties"]["first"]["description"]


def test_a_property_may_be_called_like_a_keyword() -> None:
    class Page(BaseModel):
        title: str
        default: int

    assert list(strict_schema(Page)["properties"]) == ["title", "default"]


def test_a_free_dict_is_refused_before_anything_is_sent() -> None:
    class Loose(BaseModel):
        facts: dict[str, str]

    with pytest.raises(Misconfigured, match=r"Loose\.facts"):
        strict_schema(Loose)


def test_a_schema_has_a_name_that_servers_take() -> None:
    class Wrapped(BaseModel):
        pass

    Wrapped.__name__ = "Answer[Offer, ß]"
    assert schema_name(Wrapped) == "Answer_Offer____"


def test_the_hash_covers_what_is_sent_and_not_who_asks() -> None:
    call = first_call(question(), "m")
    assert call.hash == first_call(question(agent="other", case_id="c", agent_version="9"), "m").hash
    others = [
        first_call(question(), "n"),
        first_call(question("else"), "m"),
        first_call(question(system="else"), "m"),
        first_call(question(max_tokens=5), "m"),
        first_call(question(attempt=2), "m"),
        first_call(question(schema=Mail), "m"),
    ]
    assert len({call.hash, *(other.hash for other in others)}) == 7


def test_text_that_cannot_be_sent_is_made_sendable() -> None:
    call = first_call(question("a\x00b\ud800c"), "m")
    assert call.messages[1]["content"] == "a\ufffdb?c"
    assert estimate_tokens("ab\ud800") == 1


def test_a_refusal_is_no_answer_even_with_content() -> None:
    reading = read(Reply('{"kind": "lead", "score": 7}', "I cannot help with that.", "stop", None, 1), Verdict)
    assert reading.output is None
    assert "refusal" in reading.problem


def test_a_whole_answer_is_taken_although_the_limit_was_met_after_it() -> None:
    reading = read(Reply('{"kind": "lead", "score": 7}   ', "", "length", None, 1), Verdict)
    assert reading.output == Verdict.model_validate(GOOD)
