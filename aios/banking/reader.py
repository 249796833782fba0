"""A bank's file as statements, whatever its format."""

from aios.banking.camt import read_camt
from aios.banking.mt940 import read_mt940
from aios.banking.ofx import read_ofx
from aios.banking.statement import Statement
from aios.banking.table import read_table


def read_statements(data: bytes) -> tuple[Statement, ...]:
    """The statements in a CAMT, MT940, OFX or CSV file. `InvalidInput` says why there are none."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    if b"OFXHEADER" in start or b"<OFX>" in start or b"<?OFX" in start:
        return read_ofx(data)
    if start.startswith(b"<") or b"<\x00" in start[:8] or b"\x00<" in start[:8]:
        return read_camt(data)
    if b":20:" in start:
        return read_mt940(data)
    return read_table(data)
