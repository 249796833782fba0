"""What pages on paper are made of: fonts that are embedded, text, gaps and tables, laid out by reportlab."""

from functools import lru_cache
from importlib import import_module
from typing import Any
from xml.sax.saxutils import escape

INK, FAINT, RULE = "#1c2430", "#64707f", "#cfd6de"
SIDE, TOP, BOTTOM = 57, 130, 80
"""Margins in points; 57 are 20 mm."""

PADDING = 6
"""What reportlab leaves free inside a frame and a cell."""

WIDTH = 595.27 - 2 * SIDE


def lab(module: str) -> Any:
    """A module of reportlab, which takes a while to import."""
    return import_module(f"reportlab.{module}")


@lru_cache
def use_fonts() -> None:
    """Make the fonts `Text` and `Bold` known, which a PDF then carries."""
    metrics, fonts = lab("pdfbase.pdfmetrics"), lab("pdfbase.ttfonts")
    for name, file in (("Text", "Vera.ttf"), ("Bold", "VeraBd.ttf")):
        metrics.registerFont(fonts.TTFont(name, file))


def text(said: str, *, size: float = 8.5, bold: bool = False, color: str = INK, right: bool = False) -> Any:
    """A paragraph; nothing in it is markup."""
    style = lab("lib.styles").ParagraphStyle(
        "text",
        fontName="Bold" if bold else "Text",
        fontSize=size,
        leading=size * 1.42,
        textColor=color,
        alignment=2 if right else 0,
    )
    return lab("platypus").Paragraph(escape(said).replace("\n", "<br/>"), style)


def gap(points: float) -> Any:
    """So much free space."""
    return lab("platypus").Spacer(1, points)


def table(rows: list[list[Any]], widths: list[float], *style: Any, repeat: int = 0) -> Any:
    """A table from edge to edge; the first `repeat` rows stand on each page."""
    made = lab("platypus").Table(rows, colWidths=widths, repeatRows=repeat)
    common = [
        ("FONTNAME", (0, 0), (-1, -1), "Text"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ]
    made.setStyle(lab("platypus").TableStyle([*common, *style]))
    return made
