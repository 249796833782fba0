"""A post as WordPress's REST API has it (context `edit`): read, written from an article, marked and kept."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from aios.connectors.publishing.article import Article
from aios.errors import OutcomeUnknown
from aios.ids import digest

TRASHED = "__trashed"
"""What WordPress puts behind the slug of a post in its trash."""

FIELDS = ("title", "content", "excerpt")
_MARK = re.compile(r"<!-- aios ([0-9a-f]{32}) -->")


@dataclass(frozen=True)
class Post:
    """A post: its texts as they were written, not as a theme shows them."""

    id: int
    slug: str
    status: str
    title: str
    content: str
    excerpt: str
    link: str
    tags: tuple[int, ...] = ()

    @property
    def in_trash(self) -> bool:
        """Whether it waits in the trash, where nobody sees it."""
        return self.status == "trash"

    @property
    def version(self) -> str:
        """What names its content and whether it is seen."""
        return digest([self.id, self.status, self.title, self.content, self.excerpt])[:32]

    def has_mark(self, mark: str) -> bool:
        """Whether the effect of the mark has written it."""
        return mark in self.marks

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks of every effect that has written it."""
        return tuple(_MARK.findall(self.content))

    def kept(self) -> str:
        """What brings it back as it is: a text for a receipt."""
        names = ("id", "slug", "status", *FIELDS)
        return json.dumps({**{name: getattr(self, name) for name in names}, "tags": list(self.tags)})


def read_post(said: Any) -> Post:
    """The post in an answer; `OutcomeUnknown` where it is none, for then nobody can say what happened."""
    try:
        told = cast(dict[str, Any], said)
        texts = {name: str(told[name]["raw"]) for name in FIELDS}
        tags = tuple(int(each) for each in told.get("tags", ()))
        return Post(int(told["id"]), str(told["slug"]), str(told["status"]), **texts, link=str(told["link"]), tags=tags)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise OutcomeUnknown(
            "WordPress answered with what is no post that can be edited.", "Check the user's rights; it is looked up."
        ) from None


def body_of(article: Article, marks: Iterable[str], tags: list[int]) -> dict[str, Any]:
    """What is sent for an article, published at once."""
    return {
        "slug": article.slug,
        "status": "publish",
        "title": article.title,
        "content": marked(html_of(article.text), marks),
        "excerpt": article.summary,
        "tags": tags,
    }


def html_of(text: str) -> str:
    """Markdown as HTML. Tags in the text are shown and not obeyed, and links lead to no script."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").render(text)


def marked(content: str, marks: Iterable[str]) -> str:
    """The content with the marks of effects, as comments that nobody sees."""
    new = [mark for mark in dict.fromkeys(marks) if mark not in _MARK.findall(content)]
    return "\n".join((content.rstrip(), *(f"<!-- aios {mark} -->" for mark in new)))
