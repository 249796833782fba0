"""A sentence model small enough to write by hand: real ONNX and tokenizer files in which synonyms share a vector."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

MEANINGS = (
    ("price", "cost", "fee", "tariff"),
    ("holiday", "vacation", "closed", "absence"),
    ("refund", "reimbursement", "repay"),
    ("website", "homepage", "site"),
    ("automation", "robot", "workflow"),
)
"""Words of one line mean the same to the model."""


def write_sentence_model(directory: Path, meanings: Sequence[Sequence[str]] = MEANINGS) -> Path:
    """`model.onnx` and `tokenizer.json` in the directory; words outside `meanings` mean nothing to the model."""
    directory.mkdir(parents=True, exist_ok=True)
    words = ["[PAD]", "[UNK]", *(word for line in meanings for word in line)]
    table = np.zeros((len(words), len(meanings) + 1), np.float32)
    table[:2, -1] = 0.01
    for number, line in enumerate(meanings):
        for word in line:
            table[words.index(word), number] = 1.0
    (directory / "model.onnx").write_bytes(_model(table))
    (directory / "tokenizer.json").write_text(json.dumps(_tokenizer(words)))
    return directory


def _tokenizer(words: list[str]) -> dict:
    model = {"type": "WordLevel", "vocab": {word: number for number, word in enumerate(words)}, "unk_token": "[UNK]"}
    parts = {"truncation": None, "padding": None, "added_tokens": [], "post_processor": None, "decoder": None}
    return {
        "version": "1.0",
        **parts,
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "model": model,
    }


def _model(table: np.ndarray) -> bytes:
    """ModelProto by hand (onnx.proto3): one Gather of the token ids out of the table."""
    node = _text(1, "table") + _text(1, "input_ids") + _text(2, "last_hidden_state") + _text(4, "Gather")
    dims = b"".join(_number(1, size) for size in table.shape)
    tensor = dims + _number(2, 1) + _text(8, "table") + _bytes(9, table.tobytes())
    output = _value("last_hidden_state", 1, ("batch", "tokens", "width"))
    inputs = b"".join(_bytes(11, _value(name, 7, ("batch", "tokens"))) for name in ("input_ids", "attention_mask"))
    graph = _bytes(1, node) + _text(2, "sentences") + _bytes(5, tensor) + inputs + _bytes(12, output)
    opset = _text(1, "") + _number(2, 13)
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, opset)


def _value(name: str, kind: int, axes: Sequence[str]) -> bytes:
    shape = b"".join(_bytes(1, _text(2, axis)) for axis in axes)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = b""
    while value > 127:
        found += bytes([value & 127 | 128])
        value >>= 7
    return found + bytes([value])
