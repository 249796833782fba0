"""Bank statements made for a test, the same movements in the formats that banks have."""

from dataclasses import dataclass
from datetime import date

OURS = "DE75512108001245126199"


@dataclass(frozen=True)
class Line:
    """A movement in cents, as the bank tells it."""

    cents: int
    text: str = ""
    name: str = ""
    account: str = ""
    reference: str = ""
    bank: str = ""
    on: date = date(2026, 11, 10)
    reversal: bool = False


def camt(*lines: Line, account: str = OURS, id: str = "S1") -> bytes:
    """CAMT.053."""
    entries = "".join(_entry(each) for each in lines)
    return (
        '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr>'
        f"<MsgId>{id}</MsgId></GrpHdr><Stmt><Id>{id}</Id><Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def bundle(cents: int, *parts: Line, bank: str = "") -> str:
    """One entry that bundles payments."""
    inside = "".join(_details(each) for each in parts)
    return _wrapped(Line(cents, bank=bank, on=parts[0].on), inside)


def camt_of(*entries: str, id: str = "S1") -> bytes:
    """CAMT.053 of entries that are written already."""
    return camt(id=id).replace(b"</Stmt>", "".join(entries).encode() + b"</Stmt>")


def _entry(line: Line) -> str:
    return _wrapped(line, _details(line))


def _wrapped(line: Line, inside: str) -> str:
    side = "CRDT" if line.cents > 0 else "DBIT"
    back = "<RvslInd>true</RvslInd>" if line.reversal else ""
    bank = f"<AcctSvcrRef>{line.bank}</AcctSvcrRef>" if line.bank else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{_euros(line.cents, ".")}</Amt><CdtDbtInd>{side}</CdtDbtInd>{back}'
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{line.on}</Dt></BookgDt>{bank}<NtryDtls>{inside}</NtryDtls></Ntry>"
    )


def _details(line: Line) -> str:
    kind, side = ("CRDT", "Dbtr") if line.cents > 0 else ("DBIT", "Cdtr")
    reference = f"<EndToEndId>{line.reference or 'NOTPROVIDED'}</EndToEndId>"
    name = f"<{side}><Nm>{_text(line.name)}</Nm></{side}>" if line.name else ""
    account = f"<{side}Acct><Id><IBAN>{line.account}</IBAN></Id></{side}Acct>" if line.account else ""
    words = f"<RmtInf><Ustrd>{_text(line.text)}</Ustrd></RmtInf>" if line.text else ""
    return (
        f'<TxDtls><Refs>{reference}</Refs><Amt Ccy="EUR">{_euros(line.cents, ".")}</Amt><CdtDbtInd>{kind}</CdtDbtInd>'
        f"<RltdPties>{name}{account}</RltdPties>{words}</TxDtls>"
    )


def mt940(*lines: Line, account: str = OURS, id: str = "1") -> bytes:
    """MT940 with the structured `:86:` of German banks."""
    told = "".join(_line(each) for each in lines)
    total = sum(each.cents for each in lines)
    closing = f"{'C' if total >= 0 else 'D'}261130EUR{_euros(total, ',')}"
    said = f"{account[4:12]}/{account[12:].lstrip('0')}" if account.startswith("DE") else account
    return f":20:{id}\n:25:{said}\n:28C:{id}/1\n:60F:C261101EUR0,00\n{told}:62F:{closing}\n-\n".encode(
        "cp1252", "replace"
    )


def _line(line: Line) -> str:
    sign = ("C" if line.cents > 0 else "D") if not line.reversal else ("RD" if line.cents > 0 else "RC")
    day = f"{line.on:%y%m%d}{line.on:%m%d}"
    words = (f"EREF+{line.reference} " if line.reference else "") + f"SVWZ+{line.text}"
    pieces = [words[start : start + 27] for start in range(0, len(words), 27)][:10]
    text = "".join(f"?{20 + at}{piece}" for at, piece in enumerate(pieces))
    return (
        f":61:{day}{sign}{_euros(line.cents, ',')}NTRFNONREF//{line.bank}\n"
        f":86:166?00SEPA{text}?31{line.account}?32{line.name[:27]}?33{line.name[27:54]}\n"
    )


def csv(*lines: Line, account: str = OURS) -> bytes:
    """A bank's export as CSV."""
    head = "Auftragskonto;Buchungstag;Auftraggeber/Empfänger;IBAN;Verwendungszweck;Betrag;Währung\n"
    rows = "".join(
        f"{account};{each.on:%d.%m.%Y};{each.name};{each.account};{each.text};{_signed(each.cents)};EUR\n"
        for each in lines
    )
    return (head + rows).encode()


def _signed(cents: int) -> str:
    return ("-" if cents < 0 else "") + _euros(cents, ",")


def _euros(cents: int, mark: str) -> str:
    return f"{abs(cents) // 100}{mark}{abs(cents) % 100:02}"


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
