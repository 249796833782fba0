"""An article as a Markdown file with YAML front matter, as generators of static sites read it."""

import re
from collections.abc import Iterable
from typing import Any

import yaml

from aios.connectors.publishing.article import Article
from aios.ids import digest_bytes

_MARK = re.compile(r"^<!-- aios ([0-9a-f]{32}) -->$", re.MULTILINE)


def written(article: Article) -> bytes:
    """The file; the same article always gives the same bytes."""
    front: dict[str, Any] = {"title": article.title, "date": article.day, "slug": article.slug}
    if article.summary:
        front["description"] = article.summary
    if article.tags:
        front["tags"] = list(article.tags)
    if article.language:
        front["lang"] = article.language
    head: str = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=10_000)
    return f"---\n{head}---\n\n{article.text.strip()}\n".encode()


def marked(page: bytes, marks: Iterable[str]) -> bytes:
    """The file with the marks of effects, as comments that nobody sees."""
    new = [mark for mark in dict.fromkeys(marks) if not has_mark(page, mark)]
    return page + "".join(f"<!-- aios {mark} -->\n" for mark in new).encode()


def has_mark(page: bytes, mark: str) -> bool:
    """Whether the effect of the mark has written it."""
    return mark in marks_of(page)


def marks_of(page: bytes) -> list[str]:
    """The marks of every effect that has written it."""
    return _MARK.findall(page.decode("utf-8", "replace"))


def version_of(page: bytes) -> str:
    """What names the content of a file."""
    return digest_bytes(page)[:32]
