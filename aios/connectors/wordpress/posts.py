"""`WordPress`: posts through its REST API (https://developer.wordpress.org/rest-api/), with an application password."""

import json
from collections.abc import Iterable
from typing import Any, Literal, cast
from urllib.parse import quote

from aios.clock import Clock
from aios.connectors.base import Absent, Found, Health, LookUp
from aios.connectors.publishing.article import (
    Article,
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
from aios.connectors.web import Reply, SignedIn, Web
from aios.connectors.wordpress.post import TRASHED, Post, body_of, marked, read_post
from aios.errors import AiosError, HardFailure, OutcomeUnknown, SoftFailure
from aios.settings import Settings

LOOK = "Look at the post in WordPress, then propose it anew."
EVERY_STATUS = "publish,future,draft,pending,private,trash"
SETTING = "AIOS_WORDPRESS_URL"
FORM = "https://user:application-password@host/"
POSTS = "wp-json/wp/v2/posts"


class WordPress:
    """Posts that everybody can read. WordPress has no conditional writes: a post is read just before it is changed.

    It gives a second post of a slug another slug; such a post is taken away again and the effect fails.
    """

    name = "wordpress"
    mode: Literal["sandbox", "live"] = "live"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.account = SignedIn("WordPress", SETTING, FORM, settings)

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Do it; a post that carries the effect's mark already stays as it is."""
        asked, mark = parse(operation, request), mark_of(key)
        there = self._find(asked.slug)
        if there is not None and there.has_mark(mark) and not isinstance(asked, Withdraw):
            return _receipt(asked, there)
        must_fit(asked, there.version if there else None, LOOK)
        match asked:
            case Publish():
                return self._publish(asked, mark)
            case Update():
                assert there is not None
                body = self._body(asked, (*there.marks, mark))
                return _receipt(asked, self._change(there.id, body), there.kept())
            case Withdraw():
                return self._withdraw(asked, there)
            case Restore():
                return self._restore(asked, there, mark)

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """The mark in the post of that slug, or in any post, is proof; for a withdrawal, that no post is seen."""
        asked, mark = parse(operation, request), mark_of(key)
        there = self._find(asked.slug)
        if isinstance(asked, Withdraw) or (isinstance(asked, Restore) and not asked.was):
            return Absent("the post is there") if there else Found(_receipt(asked, None))
        found = there if there is not None and there.has_mark(mark) else self._search(mark)
        return Found(_receipt(asked, found)) if found else Absent("no post carries the effect's mark")

    def check(self) -> Health:
        """Asks who we are, without changing anything."""
        if not self.account.is_set:
            return Health(self.name, "off", "There is no WordPress.", "Set AIOS_WORDPRESS_URL.")
        try:
            said = _json(self._web().call("GET", "wp-json/wp/v2/users/me?context=edit"))
        except AiosError as error:
            return Health(self.name, "down", error.message, error.remedy)
        if not _object(_object(said).get("capabilities")).get("publish_posts"):
            return Health(self.name, "degraded", "The user may not publish posts.", "Make it an author or editor.")
        return Health(self.name, "ok", "live: articles are published in WordPress")

    def disconnect(self) -> None:
        """Close the connections; the next use opens them again."""
        self.account.close()

    def _publish(self, asked: Publish, mark: str) -> dict[str, Any]:
        body = self._body(asked, (mark,))
        if asked.day != self.clock.now().date():
            body["date"] = f"{asked.day.isoformat()}T08:00:00"
        made = read_post(_json(self._send("POST", POSTS, body)))
        if made.slug != asked.slug:  # somebody took the slug a moment before us
            self._web().call("DELETE", f"{POSTS}/{made.id}?force=true", fine=frozenset({404, 410}))
            raise HardFailure(f"There is an article {asked.slug} already.", "Choose another slug, or update it.")
        return _receipt(asked, made, "")

    def _withdraw(self, asked: Request, there: Post | None) -> dict[str, Any]:
        """Into the trash, from where the owner or a restore brings it back."""
        if there is not None:
            self._web().call("DELETE", f"{POSTS}/{there.id}", fine=frozenset({404, 410}))
        return _receipt(asked, None, there.kept() if there else "")

    def _restore(self, asked: Restore, there: Post | None, mark: str) -> dict[str, Any]:
        if not asked.was:
            return self._withdraw(asked, there)
        was = _kept(asked.was)
        content = marked(str(was.pop("content", "")), (*(there.marks if there else ()), mark))
        post = self._change(int(was.pop("id", 0)), {**was, "content": content, "slug": asked.slug})
        return _receipt(asked, post, there.kept() if there else "")

    def _change(self, post_id: int, body: dict[str, Any]) -> Post:
        return read_post(_json(self._send("POST", f"{POSTS}/{post_id}", body)))

    def _body(self, asked: Article, marks: Iterable[str]) -> dict[str, Any]:
        return body_of(asked, marks, [self._tag(name) for name in asked.tags])

    def _tag(self, name: str) -> int:
        """The id of a tag, made where there is none of that name; WordPress says so and names the one it has."""
        body = {"name": name}
        said: Any = _json(self._send("POST", "wp-json/wp/v2/tags", body, fine=frozenset({400})))
        told = _object(said)
        found = _object(told.get("data")).get("term_id") if told.get("code") == "term_exists" else told.get("id")
        if not isinstance(found, int):
            raise HardFailure(f"WordPress does not take the tag {name[:60]!r}.", "Choose another tag, or none.")
        return found

    def _find(self, slug: str) -> Post | None:
        """The post of that slug that is not in the trash."""
        asked = f"{POSTS}?context=edit&status={EVERY_STATUS}&slug={slug},{slug}{TRASHED}"
        return next((post for post in self._list(asked) if not post.in_trash and post.slug == slug), None)

    def _search(self, mark: str) -> Post | None:
        asked = f"{POSTS}?context=edit&status={EVERY_STATUS}&search={quote(mark)}"
        return next((post for post in self._list(asked) if not post.in_trash and post.has_mark(mark)), None)

    def _list(self, path: str) -> list[Post]:
        """What is read changes nothing, so an answer that makes no sense is asked for again."""
        try:
            said = _json(self._web().call("GET", f"{path}&per_page=100"))
            return [read_post(each) for each in cast(list[Any], said if isinstance(said, list) else [None])]
        except OutcomeUnknown as unknown:
            raise SoftFailure(unknown.message, "Check AIOS_WORDPRESS_URL and the user's rights.") from None

    def _send(self, method: str, path: str, body: dict[str, Any], fine: frozenset[int] = frozenset()) -> Reply:
        headers = {"Content-Type": "application/json"}
        return self._web().call(method, path, body=json.dumps(body).encode(), headers=headers, fine=fine)

    def _web(self) -> Web:
        return self.account.web()


def _json(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        raise OutcomeUnknown("WordPress answered with what is no JSON.", "Check AIOS_WORDPRESS_URL.") from None


def _object(said: Any) -> dict[str, Any]:
    return cast(dict[str, Any], said) if isinstance(said, dict) else {}


def _kept(text: str) -> dict[str, Any]:
    try:
        return cast(dict[str, Any], json.loads(text))
    except ValueError:
        raise HardFailure(
            "What the article was cannot be read.", "Restore it in WordPress, from its revisions."
        ) from None


def _receipt(asked: Request, now: Post | None, was: str | None = None) -> dict[str, Any]:
    version, place = (now.version, now.link) if now else ("", "")
    return Receipt(slug=asked.slug, version=version, place=place, was=was).model_dump()
