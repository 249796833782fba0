"""HTML mail as the text a person would see: no scripts, no hidden parts, quotes marked with `>`."""

import re
from typing import TYPE_CHECKING

from aios.text import clean

if TYPE_CHECKING:
    from bs4.element import PageElement, Tag

MAX_MARKUP = 300_000
INVISIBLE = {"script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe", "select", "math"}
BLOCKS = {
    "p", "div", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "article",
    "header", "footer", "hr", "pre", "address", "dd", "dt", "dl", "form", "fieldset", "center", "body",
}  # fmt: skip
APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "table", "ul", "ol"}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|mso-hide\s*:\s*all")
_SPACES = re.compile(r"[ \t\r\n\f\xa0\u200b\u00ad\ufeff]+")


def html_to_text(markup: str) -> str:
    """The visible text. Links keep their address; quoted blocks get `> ` before each line."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(clean(markup, MAX_MARKUP), "lxml")
    page = _Page()
    todo: list[tuple[PageElement | None, Tag | None]] = [(soup, None)]
    while todo:  # an own stack, for hostile mails nest deeper than Python's
        element, closing = todo.pop()
        if closing is not None:
            page.close(closing)
        elif element is not None and (children := page.enter(element)) is not None:
            todo.append((None, _tag(element)))
            todo.extend((child, None) for child in reversed(children))
    return page.text()


class _Page:
    """The lines written so far, each with how deep it is quoted."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []
        self.line = ""
        self.depth = 0

    def enter(self, element: "PageElement") -> "list[PageElement] | None":
        """Write what starts here; the children to go on with, or None."""
        from bs4.element import NavigableString, PreformattedString, Tag

        if isinstance(element, Tag):
            return self._open(element)
        if isinstance(element, NavigableString) and not isinstance(element, PreformattedString):
            text = _SPACES.sub(" ", str(element))
            self.line += text if self.line else text.lstrip()
        return None

    def _open(self, tag: "Tag") -> "list[PageElement] | None":
        if tag.name in INVISIBLE or _hidden(tag):
            return None
        if tag.name == "br":
            self._end_line(keep_empty=True)
            return None
        if tag.name in BLOCKS:
            self._end_line(apart=tag.name in APART)
        if tag.name == "blockquote":
            self.depth += 1
        if tag.name == "li":
            self.line = "- "
        if tag.name in {"td", "th"} and self.line.strip():
            self.line += " "
        return list(tag.children)

    def close(self, tag: "Tag") -> None:
        """Write what ends here."""
        if tag.name in BLOCKS:
            self._end_line()
        if tag.name == "blockquote":
            self.depth -= 1
        if tag.name in APART:
            self._end_line(apart=True)
        if tag.name == "a":
            self.line += _target(tag)

    def text(self) -> str:
        """Everything written, never more than one empty line in a row."""
        self._end_line()
        marked = "\n".join(("> " * depth + line).rstrip() for depth, line in self.lines)
        return re.sub(r"\n{3,}", "\n\n", marked).strip("\n")

    def _end_line(self, *, apart: bool = False, keep_empty: bool = False) -> None:
        line = _SPACES.sub(" ", self.line).strip()
        self.line = ""
        if line or keep_empty:
            self.lines.append((self.depth, line))
        if apart and self.lines and self.lines[-1][1]:
            self.lines.append((self.depth, ""))


def _tag(element: "PageElement") -> "Tag | None":
    from bs4.element import Tag

    return element if isinstance(element, Tag) else None


def _hidden(tag: "Tag") -> bool:
    return tag.has_attr("hidden") or bool(_HIDDEN.search(str(tag.get("style") or "").lower()))


def _target(tag: "Tag") -> str:
    href = str(tag.get("href") or "").strip()
    bare = re.sub(r"^https?://(www\.)?", "", href).rstrip("/")
    if not href.lower().startswith(("http://", "https://")) or len(href) > 300 or bare in tag.get_text():
        return ""
    return f" <{href}>"
