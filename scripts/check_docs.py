"""Check what the documents tell a person to type: make targets, `aios` commands and linked files must exist."""

import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
ASSIGNMENT = re.compile(r"^[A-Z_]+=\S*$")
BUILT_IN = {"cd", "export", "source"}


def main() -> int:
    """Print what does not exist; 1 if anything does not."""
    documents = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
    problems = [
        f"{document.relative_to(CHECKOUT)}: {problem}"
        for document in documents
        for problem in [*broken_links(document), *unknown_commands(document)]
    ]
    print("\n".join(problems) or f"Every command and link in {len(documents)} documents exists.")
    return 1 if problems else 0


def broken_links(document: Path) -> Iterator[str]:
    """Links to files that are not there."""
    for target in LINK.findall(document.read_text("utf-8")):
        if not (document.parent / target).exists():
            yield f"the link to {target} leads nowhere"


def unknown_commands(document: Path) -> Iterator[str]:
    """Commands in `sh` blocks that would fail because there is no such thing."""
    for block in BLOCK.findall(document.read_text("utf-8")):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            while words and ASSIGNMENT.match(words[0]):
                words = words[1:]
            if words and (problem := unknown(words)):
                yield f"`{line.strip()}`: {problem}"


def unknown(words: list[str]) -> str:
    """Why the command can't work; empty where it can."""
    program = Path(words[0]).name
    if program == "make":
        return unknown_target(words[1:])
    if program == "aios":
        return unknown_subcommand(words[1:])
    return "" if program in BUILT_IN or shutil.which(program) or (CHECKOUT / words[0]).exists() else "no such program"


def unknown_target(words: list[str]) -> str:
    """Why `make WORDS` can't work."""
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE))
    missing = [word for word in words if "=" not in word and word not in targets]
    return f"make has no target {missing[0]}" if missing else ""


def unknown_subcommand(words: list[str]) -> str:
    """Why `aios WORDS` can't work: asked of the command itself, word by word as long as they name commands."""
    names = []
    for word in words:
        if not re.fullmatch(r"[a-z]+", word):
            break
        names.append(word)
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    while True:
        shown = subprocess.run(
            [aios(), *names, "--help"], capture_output=True, text=True, env={"COLUMNS": "200", "PATH": "/usr/bin:/bin"}
        )
        if shown.returncode == 0 or len(names) < 2:
            break
        names.pop()  # the last word was an argument, not a command
    if shown.returncode != 0:
        return f"there is no `aios {' '.join(names)}`"
    missing = [option for option in options if option not in shown.stdout]
    return f"`aios {' '.join(names)}` has no option {missing[0]}" if missing else ""


def aios() -> str:
    """The command that belongs to this Python."""
    return str(Path(sysconfig.get_path("scripts")) / "aios")


if __name__ == "__main__":
    sys.exit(main())
