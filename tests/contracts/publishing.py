"""Publishing under the contract suite: the outbox folder, a folder under git, and a WordPress on loopback."""

import itertools
from pathlib import Path
from typing import Any, Literal, cast

from aios.connectors.publishing.article import mark_of
from tests.peers.git import GitFolder
from tests.peers.wordpress import ANSWERS, WordPressPeer

_numbers = itertools.count(1)


def _article(_subject: Any) -> dict[str, Any]:
    """Each time another slug: articles of one slug exclude each other, and the outside is shared between tests."""
    text = "We **roast** on Mondays."
    return {"slug": f"roasting-{next(_numbers)}", "title": "Roasting", "text": text, "day": "2026-11-02"}


class _Articles:
    """What both places have in common."""

    operation, marker = "publish", b""
    mode: Literal["sandbox", "live"] = "live"
    request: dict[str, Any] = cast("Any", property(_article))

    def stop(self) -> None:
        pass

    def port(self) -> int | None:
        return None

    def answer(self, answer: str) -> bool:
        return False


class SiteSandbox(_Articles):
    """The outbox folder."""

    connector = "site"
    mode: Literal["sandbox", "live"] = "sandbox"

    def start(self, home: Path) -> None:
        self.folder = home / "outbox" / "site"

    def settings(self, port: int | None) -> dict[str, Any]:
        return {}

    def count(self, key: str) -> int:
        return sum(mark_of(key) in file.read_text("utf-8") for file in self.folder.glob("*.md"))


class SiteGit(_Articles):
    """A folder under git."""

    connector = "site"

    def start(self, home: Path) -> None:
        self.peer = GitFolder(home / "site").start()

    def settings(self, port: int | None) -> dict[str, Any]:
        return {"aios_site_folder": self.peer.content, "aios_connector_timeout": 20.0}

    def count(self, key: str) -> int:
        return self.peer.effects().count(key)


class WordPressServer(_Articles):
    """A small, strict WordPress."""

    connector, marker = "wordpress", b"POST /wp-json/wp/v2/posts"

    def start(self, home: Path) -> None:
        self.peer = WordPressPeer().start()

    def stop(self) -> None:
        self.peer.stop()

    def port(self) -> int | None:
        return self.peer.port

    def settings(self, port: int | None) -> dict[str, Any]:
        return {"aios_wordpress_url": self.peer.url.replace(f":{self.peer.port}/", f":{port}/")}

    def count(self, key: str) -> int:
        return sum(mark_of(key) in post["content"] for post in self.peer.seen())

    def answer(self, answer: str) -> bool:
        self.peer.answer = ANSWERS[answer]
        return True
