"""`Git`: the program, called with safe arguments in one folder, one caller at a time; its faults in sentences."""

import fcntl
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from aios.errors import HardFailure, SoftFailure

TRAILER = "Aios-Effect"
"""The trailer of a commit that holds the key of the effect that made it."""

ALONE = "aios.lock"
BUSY = ("index.lock", "cannot lock ref", "Unable to create")
QUIET = (
    "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.quotePath=false",
    "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
    "-c", "core.autocrlf=false", "-c", "core.safecrlf=false",
)  # fmt: skip
"""A person's hooks, signatures and conversions must not decide whether an effect happens."""


class Git:
    """A folder under git. What a killed caller started runs to its end before the next one may begin."""

    def __init__(self, folder: Path, author: tuple[str, str], timeout: float) -> None:
        self.folder = folder
        self.author = author
        self.timeout = timeout
        self._lock: int | None = None

    @contextmanager
    def alone(self) -> Generator[None]:
        """Keep every other caller out, in this process and in others; git's own child keeps the lock too."""
        path = self._git_folder() / ALONE
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._lock = lock
            yield
        finally:
            self._lock = None
            os.close(lock)

    def head(self) -> str:
        """The commit on which the branch stands; empty where there is none yet."""
        done = self._run("rev-parse", "--verify", "--quiet", "HEAD", may_fail=True)
        return done.stdout.decode().strip() if done.returncode == 0 else ""

    def parent(self, commit: str) -> str:
        """The commit before; empty where it is the first."""
        done = self._run("rev-parse", "--verify", "--quiet", f"{commit}~1", may_fail=True)
        return done.stdout.decode().strip() if done.returncode == 0 else ""

    def commit_of(self, key: str) -> str:
        """The newest commit that carries the effect's key; empty where there is none."""
        wanted = trailer_value(key)
        if not self.head():
            return ""
        form = f"%H %(trailers:key={TRAILER},valueonly,separator=%x20)"
        found = self._run("log", f"--format={form}", "--fixed-strings", f"--grep={TRAILER}: {wanted}", "HEAD", "--")
        for line in found.stdout.decode("utf-8", "replace").splitlines():
            commit, *values = line.split()
            if wanted in values:
                return commit
        return ""

    def content_at(self, commit: str, name: str) -> bytes | None:
        """The file as the commit has it; None where there is no such file, or no commit."""
        listed = self._run("ls-tree", "-z", commit, "--", name).stdout if commit else b""
        return self._run("cat-file", "blob", listed.split()[2].decode()).stdout if listed else None

    def commit(self, name: str, subject: str, key: str) -> str:
        """Commit the file as it lies in the folder, and nothing else; returns the commit."""
        self._run("add", "--all", "--", name)
        message = f"{subject}\n\n{TRAILER}: {trailer_value(key)}\n"
        self._run("commit", "--quiet", "--no-verify", "--only", "--cleanup=verbatim", "-m", message, "--", name)
        return self.head()

    def forget(self, name: str) -> None:
        """Leave the file out of what the next commit would take, after one that was refused."""
        self._run("reset", "--quiet", "--", name, may_fail=True)

    def check(self) -> None:
        """Raise where the folder cannot be committed to."""
        self._git_folder()
        self._run("status", "--porcelain", "--untracked-files=no", "--", ".")

    def _git_folder(self) -> Path:
        if not self.folder.is_dir():
            raise HardFailure(f"The site's folder {self.folder} is not there.", "Make it, or correct AIOS_SITE_FOLDER.")
        done = self._run("rev-parse", "--absolute-git-dir", may_fail=True)
        if done.returncode != 0:
            raise HardFailure(
                f"The site's folder cannot be used with git: {_said(done)}", f"Run `git init` in {self.folder} once."
            )
        return Path(os.fsdecode(done.stdout.strip(b"\n")))

    def _run(self, *arguments: str, may_fail: bool = False) -> "subprocess.CompletedProcess[bytes]":
        try:
            done = subprocess.run(
                ["git", "--literal-pathspecs", *QUIET, *arguments],  # noqa: S607  # wherever the machine has it
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self.timeout,
                check=False,
                pass_fds=(self._lock,) if self._lock is not None else (),
            )
        except FileNotFoundError:
            raise HardFailure("git is not installed.", "Install it (Debian: `apt-get install git`).") from None
        except subprocess.TimeoutExpired:
            raise SoftFailure(f"git took longer than {self.timeout:g} s.", "It is tried again later.") from None
        except OSError as error:
            raise SoftFailure(f"git cannot be run: {error}.", "It is tried again later.") from error
        if done.returncode != 0 and not may_fail:
            raise _failure(done, self.folder)
        return done

    def _environment(self) -> dict[str, str]:
        """The environment without what would lead git elsewhere, and with who commits."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        name, address = self.author
        who = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": address}
        who |= {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": address}
        return {**kept, **who, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def trailer_value(key: str) -> str:
    """The key as one word of a trailer."""
    return quote(key, safe="/._:@-")


def _failure(done: "subprocess.CompletedProcess[bytes]", folder: Path) -> HardFailure | SoftFailure:
    said = _said(done)
    if any(sign in said for sign in BUSY):
        remedy = "It is tried again later; where no git runs, remove the lock that it names: " + said
        return SoftFailure(f"Another program works with git in {folder}.", remedy)
    return HardFailure(f"git refuses: {said}", f"Look at `git status` in {folder}, then approve it again.")


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    lines = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
    return (lines[0] if lines else f"it ended with {done.returncode}")[:300]
