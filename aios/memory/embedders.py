"""Embedders: what turns text into a vector. Chosen by `AIOS_EMBEDDINGS`; without one, recall goes by words alone."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aios.errors import HardFailure, Misconfigured, SoftFailure
from aios.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPENAI_MODEL = "text-embedding-3-small"
MOST_CHARACTERS = 20_000
"""Of a longer text, the beginning; an embedding model refuses what is too long."""

_ADDRESS = re.compile(r"\S+@\S+")
_NUMBER = re.compile(r"\+?\d[\d ()/-]{7,}\d")


class Embedder(Protocol):
    """Turns texts into vectors. `name` changes whenever its vectors would; `paid` ones are asked once per text."""

    name: str
    paid: bool

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text; `SoftFailure` or `HardFailure` where it does not work."""
        ...

    def disconnect(self) -> None:
        """Close what is open to the outside; the next use opens it again."""
        ...


def choose_embedder(settings: Settings) -> Embedder | None:
    """The embedder that the settings ask for; None for words alone. `auto` never sends text to a custom server."""
    wanted = settings.aios_embeddings
    if wanted == "auto":
        if settings.openai_api_key is not None and settings.openai_base_url is None:
            wanted = "openai"
        else:
            wanted = "onnx" if settings.aios_onnx_dir is not None else "lexical"
    if wanted == "openai":
        return OpenAIEmbedder(settings)
    return OnnxEmbedder(settings.aios_onnx_dir) if wanted == "onnx" else None


class OpenAIEmbedder:
    """Embeddings from OpenAI or a server that speaks like it. Addresses and numbers of people are masked before."""

    paid = True

    def __init__(self, settings: Settings) -> None:
        if settings.openai_api_key is None and settings.openai_base_url is None:
            raise Misconfigured(
                "AIOS_EMBEDDINGS is openai, and there is no key.", "Set OPENAI_API_KEY, or AIOS_EMBEDDINGS=lexical."
            )
        self.settings = settings
        self.name = f"openai/{OPENAI_MODEL}"

    @cached_property
    def _client(self) -> Any:
        from openai import OpenAI

        key = self.settings.openai_api_key
        return OpenAI(
            api_key=key.get_secret_value() if key else "none",
            base_url=self.settings.openai_base_url,
            timeout=self.settings.aios_model_timeout,
            max_retries=0,
        )

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text."""
        return [vector for batch in _batches(texts, 128) for vector in self._ask([_masked(text) for text in batch])]

    def disconnect(self) -> None:
        """Close the connections."""
        if client := self.__dict__.pop("_client", None):
            client.close()

    def _ask(self, texts: list[str]) -> list[list[float]]:
        from openai import AuthenticationError, OpenAIError, PermissionDeniedError

        try:
            answer = self._client.embeddings.create(model=OPENAI_MODEL, input=texts, encoding_format="float")
            vectors = [list(map(float, one.embedding)) for one in sorted(answer.data, key=lambda one: one.index)]
        except (AuthenticationError, PermissionDeniedError) as error:
            raise HardFailure(f"The embedding key was refused: {error}.", "Check OPENAI_API_KEY.") from None
        except (OpenAIError, ValueError, TypeError, AttributeError) as error:  # the SDK lets malformed bodies through
            raise SoftFailure(f"The embedding server did not answer: {error}.", "It is tried again later.") from None
        if len(vectors) != len(texts):
            raise SoftFailure("The embedding server answered with too few vectors.", "It is tried again later.")
        return vectors


class OnnxEmbedder:
    """Embeddings from a sentence model on disk (`model.onnx`, `tokenizer.json`), loaded once per process."""

    paid = False

    def __init__(self, directory: Path | None, most_tokens: int = 256) -> None:
        if directory is None or not all((directory / name).is_file() for name in ("model.onnx", "tokenizer.json")):
            raise Misconfigured(
                f"There is no model.onnx with its tokenizer.json in {directory or 'AIOS_ONNX_DIR'}.",
                "Point AIOS_ONNX_DIR to a folder that has both, or set AIOS_EMBEDDINGS=lexical.",
            )
        self.directory = directory
        self.most_tokens = most_tokens
        self.name = f"onnx/{directory.name}/{(directory / 'model.onnx').stat().st_size}"

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer: Any = Tokenizer.from_file(str(self.directory / "tokenizer.json"))
        tokenizer.enable_truncation(self.most_tokens)
        tokenizer.enable_padding()
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        from onnxruntime import InferenceSession  # pyright: ignore[reportMissingTypeStubs]

        return InferenceSession(str(self.directory / "model.onnx"), providers=["CPUExecutionProvider"])

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text: the mean of its tokens' vectors, of length one."""
        return [vector for batch in _batches(texts, 32) for vector in self._run(batch).tolist()]

    def disconnect(self) -> None:
        """Nothing is open to the outside."""

    def _run(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        import numpy as np

        coded: Any = self._tokenizer.encode_batch(list(texts))
        mask: NDArray[np.int64] = np.array([one.attention_mask for one in coded], dtype=np.int64)
        given = {
            "input_ids": np.array([one.ids for one in coded], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        wanted = {one.name: given[one.name] for one in self._session.get_inputs() if one.name in given}
        output: NDArray[np.float32] = self._session.run(None, wanted)[0]
        if output.ndim == 3:
            weight = mask[:, :, None].astype(np.float32)
            output = (output * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1.0)
        length = np.linalg.norm(output, axis=1, keepdims=True)
        return (output / np.maximum(length, 1e-9)).astype(np.float32)


def _batches(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    cut = [text[:MOST_CHARACTERS] for text in texts]
    return (cut[start : start + size] for start in range(0, len(cut), size))


def _masked(text: str) -> str:
    return _NUMBER.sub("[number]", _ADDRESS.sub("[address]", text))
