"""`SandboxArticles`: keeps articles in the outbox folder instead of publishing them, for whichever place."""

from pathlib import Path
from typing import Any, Literal

from aios.clock import Clock
from aios.connectors.base import Absent, Found, Health, LookUp
from aios.connectors.captured import replace_file
from aios.connectors.publishing.article import (
    Publish,
    Receipt,
    Request,
    Restore,
    Update,
    Withdraw,
    mark_of,
    must_fit,
    parse,
)
from aios.connectors.publishing.page import has_mark, marked, marks_of, version_of, written
from aios.errors import SoftFailure
from aios.settings import Settings


class SandboxArticles:
    """Articles that nobody else sees: one Markdown file each in `AIOS_HOME/outbox/PLACE`, with its effects' marks."""

    mode: Literal["sandbox", "live"] = "sandbox"

    def __init__(self, place: str, settings: Settings, clock: Clock) -> None:
        self.name = place
        self.clock = clock
        self.folder = settings.home / "outbox" / place

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Do it in the folder; an article that carries the effect's mark stays as it is."""
        asked, mark = parse(operation, request), mark_of(key)
        there = self._read(asked)
        if there is not None and has_mark(there, mark):
            return self._receipt(asked, there)
        must_fit(asked, version_of(there) if there is not None else None, "Look at it, then propose it anew.")
        wanted = _wanted(asked, [*(marks_of(there) if there is not None else ()), mark])
        try:
            replace_file(self._file(asked), wanted)
        except OSError as error:
            raise SoftFailure(f"The outbox cannot be written: {error}.", f"Make room in {self.folder}.") from error
        return {**self._receipt(asked, wanted), "was": there.decode("utf-8", "replace") if there is not None else ""}

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """The mark in the file is proof; for a withdrawal, that the file is gone."""
        asked = parse(operation, request)
        there = self._read(asked)
        if _wanted(asked, []) is None:
            return Absent("its file is there") if there is not None else Found(self._receipt(asked, None))
        if there is None or not has_mark(there, mark_of(key)):
            return Absent(f"no {asked.slug}.md that this effect has written")
        return Found(self._receipt(asked, there))

    def check(self) -> Health:
        """The sandbox works wherever its folder can be written."""
        return Health(self.name, "ok", "sandbox: articles go to the outbox folder, nothing leaves this machine")

    def _receipt(self, asked: Request, now: bytes | None) -> dict[str, Any]:
        version = version_of(now) if now is not None else ""
        return Receipt(slug=asked.slug, version=version, place=f"outbox/{self.name}/{asked.slug}.md").model_dump()

    def _read(self, asked: Request) -> bytes | None:
        try:
            return self._file(asked).read_bytes()
        except FileNotFoundError:
            return None

    def _file(self, asked: Request) -> Path:
        return self.folder / f"{asked.slug}.md"


def _wanted(asked: Request, marks: list[str]) -> bytes | None:
    match asked:
        case Publish() | Update():
            return marked(written(asked), marks)
        case Restore():
            return marked(asked.was.encode(), marks) if asked.was else None
        case Withdraw():
            return None
