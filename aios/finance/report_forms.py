"""The monthly report as Markdown and as a PDF: the same words and figures in both."""

import io
import re
from collections.abc import Iterator
from typing import Any

from aios.finance.report import Report, Section
from aios.invoices.paper import FAINT, INK, PADDING, RULE, SIDE, WIDTH, gap, lab, table, text, use_fonts

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
NONE = "None."
HIDDEN = "…"
"""What stands in the place of a name that is not for all eyes."""


def as_markdown(report: Report, *, names: bool = True) -> str:
    """The report as Markdown, if asked for without names; those from outside are text, whatever signs they have."""
    parts = [f"# {_plain(report.title)}", report.note]
    if report.wrong:
        parts.append("\n".join(f"- {_plain(each)}" for each in report.wrong))
    for section in report.sections:
        parts.append(f"## {section.title}")
        parts.append(_markdown_table(section, names) if section.rows else NONE)
        if section.said:
            parts.append(_plain(section.said))
    return "\n\n".join(parts) + "\n"


def as_pdf(report: Report) -> bytes:
    """The report as a PDF with embedded fonts; the same figures give the same bytes."""
    use_fonts()
    buffer = io.BytesIO()
    template = lab("platypus").SimpleDocTemplate(
        buffer,
        pagesize=(595.27, 841.89),
        leftMargin=SIDE - PADDING,
        rightMargin=SIDE - PADDING,
        topMargin=SIDE,
        bottomMargin=SIDE,
        title=report.title,
        author=report.business or "aios",
        lang="en",
        invariant=1,
        initialFontName="Text",
    )
    template.build(list(_story(report)), onFirstPage=_foot(report), onLaterPages=_foot(report))
    return buffer.getvalue()


def _markdown_table(section: Section, names: bool) -> str:
    hidden = frozenset[int]() if names else section.names
    lines = [
        _row(section.header),
        _row("---:" if at in section.numbers else "---" for at in range(len(section.header))),
        *(_row(HIDDEN if at in hidden else _plain(cell) for at, cell in enumerate(row)) for row in section.rows),
    ]
    return "\n".join(lines)


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(said: str) -> str:
    return _MARKUP.sub(r"\\\1", _CONTROL.sub(" ", said))


def _story(report: Report) -> Iterator[Any]:
    yield text(report.title, size=16, bold=True)
    yield gap(4)
    yield text(report.note, color=FAINT)
    for each in report.wrong:
        yield text(each, bold=True)
    for section in report.sections:
        yield gap(16)
        yield text(section.title, size=11, bold=True)
        yield gap(4)
        yield _paper_table(section) if section.rows else text(NONE, color=FAINT)
        if section.said:
            yield gap(4)
            yield text(section.said, color=FAINT)


def _paper_table(section: Section) -> Any:
    head = [text(name, color=FAINT, right=at in section.numbers) for at, name in enumerate(section.header)]
    rows = [[text(cell, right=at in section.numbers) for at, cell in enumerate(row)] for row in section.rows]
    rules = [("LINEBELOW", (0, 0), (-1, 0), 0.8, INK), ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE)]
    return table([head, *rows], [WIDTH / len(head)] * len(head), *rules, repeat=1)


def _foot(report: Report) -> Any:
    def draw(canvas: Any, template: Any) -> None:
        canvas.saveState()
        canvas.setFillColor(lab("lib.colors").HexColor(FAINT))
        canvas.setFont("Text", 6.5)
        canvas.drawString(SIDE, 36, report.title[:110])
        canvas.drawRightString(SIDE + WIDTH, 36, str(template.page))
        canvas.restoreState()

    return draw
