"""A folder under git, as a person has it for a static site."""

import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

WHO = ("-c", "user.name=Lena", "-c", "user.email=lena@nordlicht.example", "-c", "commit.gpgSign=false")


class GitFolder:
    """A repository with one commit, and articles in its folder `content`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.content = root / "content"

    def start(self) -> "GitFolder":
        """Make it; skips where there is no git."""
        self.content.mkdir(parents=True)
        try:
            self.git("init", "--quiet")
        except FileNotFoundError:
            pytest.skip("git is not installed")
        (self.root / "readme.txt").write_text("My site\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "Begin")
        return self

    def git(self, *arguments: str) -> str:
        """What git says."""
        command = ["git", *WHO, *arguments]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout

    def effects(self) -> list[str]:
        """The keys of the effects that have made commits, the newest first."""
        said = self.git("log", "--format=%(trailers:key=Aios-Effect,valueonly)")
        return [unquote(line) for line in said.splitlines() if line]
