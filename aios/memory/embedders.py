"""Embedders: what turns text into a vector. Chosen by `AIOS_EMBEDDINGS`; without one, recall goes by words alone."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aios.credentials.credentials import Credentials
from aios.errors import Misconfigured
from aios.memory.model_files import MODEL, TOKENIZER, is_there
from aios.memory.openai_embedder import OpenAIEmbedder, Terms
from aios.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 32

SAMPLES, SAMPLE = 64, 4096
"""How many pieces of a model's file, of how many bytes, stand for it: to read all of it takes too long."""


class Embedder(Protocol):
    """Turns texts into vectors. `name` changes whenever its vectors would; `open_embedder` takes the other two."""

    name: str
    kind: str
    directory: str

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text; `SoftFailure` or `HardFailure` where it does not work, `BudgetExceeded`."""
        ...

    def disconnect(self) -> None:
        """Close what is open to the outside; the next use opens it again."""
        ...


def choose_embedder(settings: Settings, terms: Terms) -> Embedder | None:
    """The embedder that the settings ask for; None for words alone. `auto` never sends text to a custom server."""
    wanted = settings.aios_embeddings
    if wanted == "auto":
        if settings.openai_base_url is None and Credentials(settings).has("OPENAI_API_KEY"):
            wanted = "openai"
        else:
            wanted = "onnx" if settings.aios_onnx_dir is not None or is_there(settings.onnx_dir) else "lexical"
    return None if wanted == "lexical" else open_embedder(wanted, str(settings.onnx_dir), settings, terms)


def open_embedder(kind: str, directory: str, settings: Settings, terms: Terms) -> Embedder:
    """The embedder of that kind, its model in that folder; `Misconfigured` where it is not there."""
    return OpenAIEmbedder(settings, terms) if kind == OpenAIEmbedder.kind else OnnxEmbedder(Path(directory))


class OnnxEmbedder:
    """Embeddings from a sentence model on disk (`model.onnx`, `tokenizer.json`), loaded once per process."""

    kind = "onnx"

    def __init__(self, directory: Path, most_tokens: int = 256) -> None:
        if not is_there(directory):
            raise Misconfigured(
                f"There is no model.onnx with its tokenizer.json in {directory}.",
                "Run `aios memory fetch-embedder`, point AIOS_ONNX_DIR to a folder that has both, or set"
                " AIOS_EMBEDDINGS=lexical.",
            )
        self.directory = str(directory)
        self.most_tokens = most_tokens
        self.name = f"onnx/{directory.name[:100]}/{_fingerprint(directory)}"

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer: Any = Tokenizer.from_file(str(Path(self.directory) / TOKENIZER))
        tokenizer.enable_truncation(self.most_tokens)
        tokenizer.enable_padding()
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime  # pyright: ignore[reportMissingTypeStubs]

        runtime: Any = onnxruntime
        options = runtime.SessionOptions()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads burn half the time
        return runtime.InferenceSession(str(Path(self.directory) / MODEL), options, providers=["CPUExecutionProvider"])

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text: the mean of its tokens' vectors, of length one."""
        batches = (texts[start : start + BATCH] for start in range(0, len(texts), BATCH))
        return [vector for batch in batches for vector in self._run(batch).tolist()]

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


def _fingerprint(directory: Path) -> str:
    """What tells models apart: the tokenizer, and samples from all over the weights, where training changes all."""
    model, told = directory / MODEL, hashlib.sha256((directory / TOKENIZER).read_bytes())
    size = model.stat().st_size
    told.update(str(size).encode())
    with model.open("rb") as file:
        for number in range(SAMPLES):
            file.seek(number * max(0, size - SAMPLE) // (SAMPLES - 1))
            told.update(file.read(SAMPLE))
    return told.hexdigest()[:16]
