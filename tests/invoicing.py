"""Sample invoices of `../shared/data`, and what each file itself says its totals are."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from pypdf import PdfReader

SHARED = Path(__file__).parents[1] / ".." / "shared" / "data"
FOLDERS = ("einvoice", "zugferd")


def samples() -> Iterator[Path]:
    """Every invoice file."""
    for folder in FOLDERS:
        for file in sorted((SHARED / folder).rglob("*")):
            if file.suffix.lower() in (".xml", ".pdf"):
                yield file


def xml_of(file: Path) -> bytes:
    """The file's XML, taken out by other means than the product's."""
    if file.suffix.lower() == ".xml":
        return file.read_bytes()
    found = {name: parts[0] for name, parts in PdfReader(file).attachments.items() if name.endswith(".xml")}
    return found.get("factur-x.xml") or next(iter(found.values()))


def said_totals(xml: bytes) -> tuple[Decimal, Decimal]:
    """With tax, and payable, as the text of the file has them."""
    text = xml.decode("utf-8")

    def amount(names: str) -> Decimal:
        match = re.search(rf"<(?:\w+:)?(?:{names})(?: [^>]*)?>\s*([-\d.]+)\s*<", text)
        assert match, names
        return Decimal(match[1])

    return amount("GrandTotalAmount|TaxInclusiveAmount"), amount("DuePayableAmount|PayableAmount")
