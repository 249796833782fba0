"""A CSV list, read row by row within limits: each row is a lead of its own, or a problem of its own."""

import csv
import io
from collections.abc import Iterator

from aios.connectors.files.form import read_form
from aios.connectors.incoming import MEGABYTE, Incoming, Problem
from aios.connectors.mail.charset import decode
from aios.errors import InvalidInput
from aios.ids import digest_bytes

MAX_BYTES = 5 * MEGABYTE
MAX_ROWS = 2_000
MAX_COLUMNS = 60
DELIMITERS = ",;\t|"


def read_table(name: str, data: bytes) -> list[Incoming | Problem]:
    """Every row of the list; `InvalidInput` where it is no list, or larger than any list of leads should be."""
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"The list has {len(data) // MEGABYTE} MB; {MAX_BYTES // MEGABYTE} is the limit.", SPLIT)
    text = decode(data[3:] if data.startswith(b"\xef\xbb\xbf") else data, "utf-8")
    header, rows = _rows(text)
    source_id = digest_bytes(data)
    return [_read_row(name, header, row, f"{source_id}:{number}", number) for number, row in rows]


SPLIT = "Split it, or keep only the rows that are leads, and drop it again."


def _rows(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and the rows that are not empty with their numbers."""
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for number, row in _read(text):
        if len(row) > MAX_COLUMNS:
            raise InvalidInput(f"Row {number} has more than {MAX_COLUMNS} columns.", SPLIT)
        if not any(cell.strip() for cell in row):
            continue
        if not header:
            header = [cell.strip() for cell in row]
        else:
            rows.append((number, row))
        if len(rows) > MAX_ROWS:
            raise InvalidInput(f"The list has more than {MAX_ROWS} rows.", SPLIT)
    if not rows:
        raise InvalidInput("The list has no rows below its header.", "Name the columns in the first row.")
    return header, rows


def _read(text: str) -> Iterator[tuple[int, list[str]]]:
    first = next((line for line in io.StringIO(text[:100_000]) if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        yield from enumerate(csv.reader(io.StringIO(text.replace("\x00", "\ufffd")), delimiter=delimiter), start=1)
    except csv.Error as error:
        raise InvalidInput(f"The list is no valid CSV: {error}.", "Save it again as CSV (UTF-8).") from None


def _read_row(name: str, header: list[str], row: list[str], source_id: str, number: int) -> Incoming | Problem:
    raw = _as_csv(header, row)
    try:
        if len(row) > len(header):
            raise InvalidInput(
                "It has more cells than the header has names.", "Quote cells that contain the delimiter."
            )
        message = read_form(dict(zip(header, row, strict=False)), "csv")
    except InvalidInput as error:
        return Problem(f"{name}, row {number}.csv", error.message, error.remedy, raw, "text/csv", len(raw))
    return Incoming("file:csv", source_id, message, raw=raw, media_type="text/csv")


def _as_csv(header: list[str], row: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([header, row])
    return out.getvalue().encode("utf-8", "replace")
