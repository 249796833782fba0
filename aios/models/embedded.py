"""`Embedded`: the vectors that a server made of texts, read from the text of its answer."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from aios.models.failures import CallFailed
from aios.text import clean


@dataclass(frozen=True)
class Embedded:
    """One vector per text, in their order, and how many tokens the texts had; None where the server did not count."""

    vectors: list[list[float]]
    tokens: int | None


class _Vector(BaseModel):
    index: int
    embedding: list[Annotated[float, Field(allow_inf_nan=False)]] = Field(min_length=1)


class _Usage(BaseModel):
    prompt_tokens: int = Field(ge=0)


class _Embeddings(BaseModel):
    data: list[_Vector]
    usage: _Usage | None = None


def read_embedded(text: str, texts: int) -> Embedded:
    """The vectors in the answer; `CallFailed` (malformed) where it does not hold one for each of so many texts."""
    try:
        answer = _Embeddings.model_validate_json(text)
    except ValidationError as error:
        what = "no JSON" if error.errors()[0]["type"] == "json_invalid" else "no list of vectors"
        raise CallFailed("malformed", f"the server's answer is {what}: {clean(text, 80)!r}") from None
    vectors = {one.index: one.embedding for one in answer.data}
    if sorted(vectors) != list(range(texts)) or len({len(vector) for vector in vectors.values()}) != 1:
        raise CallFailed("malformed", f"the server answered with {len(answer.data)} vectors to {texts} texts")
    return Embedded(
        [vectors[index] for index in range(texts)], answer.usage.prompt_tokens or None if answer.usage else None
    )
