"""`aios memory fetch-embedder`: the files of the model that embeds on this machine."""

import os
from typing import Annotated

import typer

from aios.cli.output import AsJson, say_json


def register(memory: typer.Typer) -> None:
    """Add the command."""
    memory.command("fetch-embedder")(fetch_embedder)


def fetch_embedder(
    source: Annotated[
        str, typer.Option("--from", metavar="URL|DIR", help="A mirror, or a folder or file with onnx.tar.gz.")
    ] = "",
    sha256: Annotated[str, typer.Option(help="The archive's SHA-256, where it is another than the usual one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Fetch all-MiniLM-L6-v2 (80 MB) into AIOS_ONNX_DIR, or into the home; broken off, it goes on where it was."""
    from dataclasses import asdict

    from aios.cli.home import make_folder
    from aios.memory.model_files import SHA256, fetch
    from aios.settings import load_settings

    settings = load_settings(os.environ)
    make_folder(settings.home)
    fetched = fetch(
        settings.onnx_dir,
        lambda said: typer.echo(said, err=True),
        source=source,
        sha256=sha256.lower() or SHA256,
    )
    if as_json:
        say_json(asdict(fetched))
        return
    there = "is there already" if fetched.already else "is there"
    typer.echo(
        f"The model {there}: {fetched.directory}. Recall goes by meaning too from the next start of `aios up` on."
    )
