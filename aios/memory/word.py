"""Word documents as text with `#` headings, list items and tables; what would unpack without end is refused."""

import io
import zipfile
from typing import TYPE_CHECKING

from aios.errors import InvalidInput

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

MOST_UNPACKED = 60_000_000
"""Bytes that the XML of a document may unpack to; pictures are not read and do not count."""

MOST_PARTS = 5000


def read_word(data: bytes) -> str:
    """The text of a .docx file; `InvalidInput` where it is none, or unpacks to too much. Macros are never run."""
    from docx import Document

    try:
        _check_size(data)
        document = Document(io.BytesIO(data))
        return "\n\n".join(_block(block) for block in document.iter_inner_content())
    except InvalidInput:
        raise
    except Exception as error:  # noqa: BLE001  # the library raises whatever its parts do with a broken file
        what = type(error).__name__
        raise InvalidInput(f"The Word document cannot be read: {what}.", "Open it and save it again.") from None


def _check_size(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
            raise InvalidInput("The Word document unpacks to too much.", "Save its text alone, without pictures.")


def _block(block: "Paragraph | Table") -> str:
    from docx.text.paragraph import Paragraph

    return _paragraph(block) if isinstance(block, Paragraph) else _table(block)


def _paragraph(paragraph: "Paragraph") -> str:
    text = " ".join(paragraph.text.split())
    style = paragraph.style.name if paragraph.style is not None else ""
    if not text or not style:
        return text
    if style == "Title":
        return f"# {text}"
    if style.startswith("Heading ") and style[8:].isdigit():
        return f"{'#' * min(int(style[8:]) + 1, 6)} {text}"  # below the title
    return f"- {text}" if style.startswith("List ") else text


def _table(table: "Table") -> str:
    rows = [[" ".join(cell.text.split()).replace("|", "\\|") for cell in row.cells] for row in table.rows]
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    rule = [f"|{'---|' * len(rows[0])}"] if rows else []
    return "\n".join([*lines[:1], *rule, *lines[1:]])
