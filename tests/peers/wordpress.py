"""A small, strict WordPress: its REST API of posts and tags, as an author needs it; what it does not know is refused.

No WordPress can be installed here. What it does follows its handbook (https://developer.wordpress.org/rest-api/):
a second post of a slug gets another, the trash keeps posts, raw texts are for `context=edit` alone.
"""

import base64
import itertools
import json
import re
import threading
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.peers.http import Answer, HttpPeer

STATUSES = {"publish", "future", "draft", "pending", "private", "trash"}
TEXTS = ("title", "content", "excerpt")
KNOWN = {"context", "status", "slug", "search", "per_page", "force"}
ANSWERS = {"busy": 429, "broken": 500, "refused": 400}


class Refused(Exception):
    """An error as WordPress says it."""

    def __init__(self, status: int, code: str, **data: Any) -> None:
        self.status = status
        self.body = {"code": code, "message": code, "data": {"status": status, **data}}


class WordPressPeer(HttpPeer):
    """The server. `answer` is the status of the next write, which is then not done."""

    user, password = "lena", "abcd efgh ijkl mnop qrst uvwx"

    def __init__(self) -> None:
        self.posts: dict[int, dict[str, Any]] = {}
        self.tags: dict[str, int] = {}
        self.answer = 0
        self.before_create = lambda: None
        self.ids = itertools.count(1)
        self.lock = threading.Lock()

    def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Who asks, and what for."""
        parts = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            with self.lock:
                self._admit(method, headers.get("authorization", ""))
                status, said = self._handle(method, parts.path, query, json.loads(body) if body else None)
        except Refused as refused:
            status, said = refused.status, refused.body
        return status, {"Content-Type": "application/json", "Retry-After": "7"}, json.dumps(said).encode()

    def _admit(self, method: str, authorization: str) -> None:
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if (user, password.replace(" ", "")) != (self.user, self.password.replace(" ", "")):
            raise Refused(401, "incorrect_password")
        if method != "GET" and self.answer:
            status, self.answer = self.answer, 0
            raise Refused(status, "as_told")

    @property
    def url(self) -> str:
        """For AIOS_WORDPRESS_URL."""
        return f"http://{self.user}:{self.password.replace(' ', '%20')}@127.0.0.1:{self.port}/"

    def seen(self) -> list[dict[str, Any]]:
        """The posts that readers see."""
        return [post for post in self.posts.values() if post["status"] == "publish"]

    def _handle(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if unknown := set(query) - KNOWN:
            raise Refused(400, "rest_invalid_param", params=sorted(unknown))
        parts = path.removeprefix("/wp-json/wp/v2/").split("/")
        match method, parts:
            case "GET", ["users", "me"]:
                return 200, {"id": 1, "name": "Lena", "capabilities": {"publish_posts": True}}
            case "GET", ["posts"]:
                return 200, [self._shown(post, query) for post in self._find(query)]
            case "POST", ["posts"]:
                return 201, self._shown(self._create(body), {"context": "edit"})
            case "POST", ["posts", number]:
                return 200, self._shown(self._change(self._get(number), body), {"context": "edit"})
            case "DELETE", ["posts", number]:
                return 200, self._delete(self._get(number), query.get("force") == "true")
            case "POST", ["tags"]:
                return 201, self._tag(body)
            case _:
                raise Refused(404, "rest_no_route")

    def _find(self, query: dict[str, str]) -> list[dict[str, Any]]:
        statuses = set(query.get("status", "publish").split(","))
        if statuses - STATUSES or not 1 <= int(query.get("per_page", "10")) <= 100:
            raise Refused(400, "rest_invalid_param")
        slugs, word = query.get("slug", ""), query.get("search", "")
        found = [post for post in self.posts.values() if post["status"] in statuses]
        found = [post for post in found if not slugs or post["slug"] in slugs.split(",")]
        return [post for post in found if not word or any(word in post[name] for name in TEXTS)]

    def _get(self, number: str) -> dict[str, Any]:
        if not number.isdigit() or int(number) not in self.posts:
            raise Refused(404, "rest_post_invalid_id")
        return self.posts[int(number)]

    def _create(self, body: Any) -> dict[str, Any]:
        post: dict[str, Any] = {"id": next(self.ids), "status": "draft", "slug": "", "tags": []}
        post |= dict.fromkeys(TEXTS, "")
        self.before_create()
        self._change(post, body)
        self.posts[post["id"]] = post
        return post

    def _change(self, post: dict[str, Any], body: Any) -> dict[str, Any]:
        if not isinstance(body, dict) or set(body) - {*TEXTS, "slug", "status", "tags", "date"}:
            raise Refused(400, "rest_invalid_param")
        if not all(isinstance(body.get(name, ""), str) for name in (*TEXTS, "slug", "status", "date")):
            raise Refused(400, "rest_invalid_param")
        if body.get("status", "draft") not in STATUSES or set(body.get("tags", [])) - set(self.tags.values()):
            raise Refused(400, "rest_invalid_param")
        post.update(body)
        due = datetime.fromisoformat(body.get("date", "2000-01-01")).replace(tzinfo=UTC)
        if post["status"] == "publish" and due > datetime.now(UTC):
            post["status"] = "future"
        post["slug"] = self._unique(post)
        return post

    def _unique(self, post: dict[str, Any]) -> str:
        taken = {other["slug"] for other in self.posts.values() if other["id"] != post["id"]}
        wanted = re.sub(r"[^a-z0-9_-]", "", post["slug"].lower()) or str(post["id"])
        return next(slug for slug in (wanted, *(f"{wanted}-{n}" for n in range(2, 99))) if slug not in taken)

    def _delete(self, post: dict[str, Any], force: bool) -> dict[str, Any]:
        if force:
            return {"deleted": True, "previous": self._shown(self.posts.pop(post["id"]), {"context": "edit"})}
        if post["status"] == "trash":
            raise Refused(410, "rest_already_trashed")
        post |= {"status": "trash", "slug": f"{post['slug']}__trashed"}
        return self._shown(post, {"context": "edit"})

    def _tag(self, body: Any) -> dict[str, Any]:
        if body["name"] in self.tags:
            raise Refused(400, "term_exists", term_id=self.tags[body["name"]])
        self.tags[body["name"]] = next(self.ids)
        return {"id": self.tags[body["name"]], "name": body["name"]}

    def _shown(self, post: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
        names = ("raw", "rendered") if query.get("context") == "edit" else ("rendered",)
        texts = {name: dict.fromkeys(names, post[name]) for name in TEXTS}
        shown = {name: post[name] for name in ("id", "slug", "status", "tags")}
        return {**shown, **texts, "link": f"http://127.0.0.1:{self.port}/{post['slug']}/"}
