"""A real llama.cpp server (PyPI `xllamacpp`) in a process of its own, with a tiny random model made here, offline.

What it says means nothing, but it is decoded under the grammar of the JSON schema it was asked for.
"""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port
from tests.waiting import until

ROOT = Path(__file__).parent.parent.parent
WIDTH, INNER, HEADS, CONTEXT = 32, 64, 2, 8192


class LlamaMissing(Exception):
    """There is no llama.cpp server to start here; the message says why."""


@dataclass
class Llama:
    """A running server."""

    process: subprocess.Popen[bytes]
    directory: Path
    port: int

    @property
    def base_url(self) -> str:
        """What goes into OPENAI_BASE_URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    def stop(self) -> None:
        """End the server and remove its files."""
        self.process.kill()
        self.process.communicate()
        shutil.rmtree(self.directory, ignore_errors=True)


def start_llama() -> Llama:
    """Make a model and serve it; raises `LlamaMissing` where it can't be done."""
    for module in ("xllamacpp", "gguf", "numpy"):
        if importlib.util.find_spec(module) is None:
            raise LlamaMissing(f"{module} is not installed")
    directory = Path(tempfile.mkdtemp(prefix="aios-llama-"))
    model = directory / "tiny.gguf"
    write_model(model)
    port = free_port()
    with (directory / "log").open("wb") as log:
        command = [sys.executable, "-m", "tests.peers.llama", str(model), str(port)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=ROOT)
    server = Llama(process, directory, port)
    until(lambda: _answers(server), what="the llama.cpp server to answer")
    return server


def write_model(path: Path, seed: int = 7) -> None:
    """A llama of one layer with random weights, whose tokens are single bytes."""
    import gguf
    import numpy

    random = numpy.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "llama")
    _describe(writer)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kind = gguf.TokenType
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([kind.UNKNOWN, kind.CONTROL, kind.CONTROL] + [kind.BYTE] * 256)
    for name, shape in _shapes(len(tokens)).items():
        norm = name.endswith("norm.weight")
        values = numpy.ones(shape) if norm else random.standard_normal(shape) * 0.05
        writer.add_tensor(name, values.astype(numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: Any) -> None:
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_file_type(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:")


def _shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    layer = {
        "attn_norm": (WIDTH,),
        "attn_q": (WIDTH, WIDTH),
        "attn_k": (WIDTH, WIDTH),
        "attn_v": (WIDTH, WIDTH),
        "attn_output": (WIDTH, WIDTH),
        "ffn_norm": (WIDTH,),
        "ffn_gate": (INNER, WIDTH),
        "ffn_up": (INNER, WIDTH),
        "ffn_down": (WIDTH, INNER),
    }
    ends = {"token_embd": (vocabulary, WIDTH), "output": (vocabulary, WIDTH), "output_norm": (WIDTH,)}
    return {f"{name}.weight": shape for name, shape in ends.items()} | {
        f"blk.0.{name}.weight": shape for name, shape in layer.items()
    }


def _answers(server: Llama) -> bool:
    if server.process.poll() is not None:
        raise LlamaMissing(f"the server ended: {(server.directory / 'log').read_text()[-300:]}")
    try:
        return httpx.get(f"http://127.0.0.1:{server.port}/health", trust_env=False, timeout=2).is_success
    except httpx.HTTPError:
        return False


def serve(model: str, port: int) -> None:
    """Serve the model until standard input closes, which it does when whoever started us is gone."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 2
    parameters.n_predict = 2000
    parameters.cpuparams.n_threads = 1
    parameters.warmup = False
    server = xllamacpp.Server(parameters)
    print("serving", server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
