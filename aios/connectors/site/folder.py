"""`SiteFolder`: articles in a folder under git, a commit for each effect that carries the effect's key."""

from pathlib import Path
from typing import Any, Literal

from aios.clock import Clock
from aios.connectors.base import Absent, Found, Health, LookUp
from aios.connectors.captured import replace_file
from aios.connectors.publishing.article import Publish, Receipt, Request, Restore, Update, Withdraw, must_fit, parse
from aios.connectors.publishing.page import version_of, written
from aios.connectors.site.git import Git
from aios.errors import AiosError, HardFailure, SoftFailure
from aios.faults import reach
from aios.settings import Settings

LOOK = "Look at the file in the site's folder, then propose it anew."
VERBS = {"publish": "Publish", "update": "Update", "withdraw": "Withdraw", "restore": "Restore"}


class SiteFolder:
    """Articles that readers see once the site is built.

    A file is touched only where it is as it was committed: what somebody has changed by hand stays. Whoever is killed
    between the file and its commit is followed by one who finds the file as it should be, and commits it.
    """

    name = "site"
    mode: Literal["sandbox", "live"] = "live"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Write the file and commit it; a commit with the effect's key is all there is to it the second time."""
        asked, git = parse(operation, request), self._git()
        with git.alone():
            if commit := git.commit_of(key):
                return self._receipt(git, asked, commit)
            was, wanted = self._before(git, asked), _wanted(asked)
            if wanted == was:
                return self._unchanged(asked, was)
            self._put(asked, wanted)
            reach("written")
            return self._receipt(git, asked, self._commit(git, asked, was, f"{VERBS[operation]} {asked.slug}", key))

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """The commit that carries the key is proof, and that there is none too; the receipt names what is there now."""
        asked, git = parse(operation, request), self._git()
        with git.alone():
            if not (commit := git.commit_of(key)):
                return Absent("no commit carries the effect's key")
            now = git.content_at(git.head(), _file(asked))
            return Found({**self._receipt(git, asked, commit), "version": version_of(now) if now is not None else ""})

    def check(self) -> Health:
        """Whether the folder is there and under git."""
        if self.settings.aios_site_folder is None:
            return Health(self.name, "off", "There is no site.", "Set AIOS_SITE_FOLDER to its folder of articles.")
        try:
            self._git().check()
        except AiosError as error:
            return Health(self.name, "down", error.message, error.remedy)
        return Health(self.name, "ok", f"live: articles are committed in {self.settings.aios_site_folder}")

    def _git(self) -> Git:
        if self.settings.aios_site_folder is None:
            raise HardFailure("There is no site.", "Set AIOS_SITE_FOLDER, or AIOS_MODE=sandbox.")
        owner = (self.settings.aios_owner_name, self.settings.aios_owner_email)
        return Git(self.settings.aios_site_folder.absolute(), owner, self.settings.aios_connector_timeout)

    def _before(self, git: Git, asked: Request) -> bytes | None:
        """What is committed under the slug, if the file is like that and may be replaced."""
        was, there = git.content_at(git.head(), _file(asked)), self._read(asked)
        if there not in (was, _wanted(asked)):
            raise HardFailure(f"{_file(asked)} was changed by hand and not committed.", LOOK)
        must_fit(asked, version_of(was) if was is not None else None, LOOK)
        return was

    def _commit(self, git: Git, asked: Request, was: bytes | None, subject: str, key: str) -> str:
        """Commit the file; where git refuses, put it back, for a site may be built from the folder as it is."""
        try:
            return git.commit(_file(asked), subject, key)
        except AiosError:
            if commit := git.commit_of(key):
                return commit
            self._put(asked, was)
            git.forget(_file(asked))
            raise

    def _put(self, asked: Request, wanted: bytes | None) -> None:
        path = self._path(asked)
        try:
            replace_file(path, wanted)
        except OSError as error:
            raise SoftFailure(f"{path} cannot be written: {error}.", f"Make room in {path.parent}.") from error

    def _read(self, asked: Request) -> bytes | None:
        path = self._path(asked)
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise HardFailure(f"{path.name} is no ordinary file.", LOOK)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise HardFailure(f"{path} cannot be read: {error.strerror}.", "Give aios the right to read it.") from error

    def _path(self, asked: Request) -> Path:
        assert self.settings.aios_site_folder is not None
        return self.settings.aios_site_folder.absolute() / _file(asked)

    def _receipt(self, git: Git, asked: Request, commit: str) -> dict[str, Any]:
        after, before = git.content_at(commit, _file(asked)), git.content_at(git.parent(commit), _file(asked))
        version = version_of(after) if after is not None else ""
        was = before.decode("utf-8", "replace") if before is not None else ""
        return Receipt(slug=asked.slug, version=version, place=commit, was=was).model_dump()

    def _unchanged(self, asked: Request, was: bytes | None) -> dict[str, Any]:
        """It is as it should be already, so there is nothing to commit."""
        text = was.decode("utf-8", "replace") if was is not None else ""
        return Receipt(slug=asked.slug, version=version_of(was) if was is not None else "", was=text).model_dump()


def _file(asked: Request) -> str:
    return f"{asked.slug}.md"


def _wanted(asked: Request) -> bytes | None:
    match asked:
        case Publish() | Update():
            return written(asked)
        case Restore():
            return asked.was.encode() or None
        case Withdraw():
            return None
