"""ISO 20022 account reports (CAMT.052), statements (053) and notifications (054), of any version."""

from datetime import date
from decimal import Decimal

from aios.banking.statement import Entry, Part, Statement, Status, checked
from aios.errors import InvalidInput
from aios.invoices.reading import day, number
from aios.invoices.xml import Node, parse
from aios.money import to_minor

MESSAGES = {"BkToCstmrAcctRpt": "camt.052", "BkToCstmrStmt": "camt.053", "BkToCstmrDbtCdtNtfctn": "camt.054"}
_STATUS = {"BOOK": Status.BOOKED, "PDNG": Status.PENDING, "INFO": Status.INFORMATION, "FUTR": Status.PENDING}
_OPENING = ("OPBD", "PRCD", "ITBD")
_CLOSING = ("CLBD", "ITBD")


def read_camt(data: bytes) -> tuple[Statement, ...]:
    """Every statement in the message."""
    root = parse(data, "The bank message")
    message = next((node for node in root.all("|".join(MESSAGES))), None)
    if message is None:
        raise InvalidInput(f"The XML is a {root.name[:60]}, not a CAMT message.", "Ask the bank for CAMT.053.")
    found = tuple(_statement(node, MESSAGES[message.name]) for node in message.all("Stmt|Rpt|Ntfctn"))
    if not found:
        raise InvalidInput("The bank message holds no statement.", "Fetch it from the bank again.")
    return found


def _statement(node: Node, source: str) -> Statement:
    currency = node.text("Acct/Ccy") or _currency(node)
    problems: list[str] = []
    return checked(
        Statement(
            account=node.text("Acct/Id/IBAN") or node.text("Acct/Id/Othr/Id"),
            currency=currency,
            entries=tuple(_entry(entry, problems) for entry in node.all("Ntry")),
            source=source,
            id=node.text("Id"),
            opening=_balance(node, _OPENING, first=True),
            closing=_balance(node, _CLOSING, first=False),
            problems=tuple(problems),
        )
    )


def _currency(node: Node) -> str:
    amounts = (*node.all("Bal/Amt"), *node.all("Ntry/Amt"))
    return next((amount.attribute("Ccy") for amount in amounts if amount.attribute("Ccy")), "")


def _balance(node: Node, codes: tuple[str, ...], *, first: bool) -> int | None:
    """Of several interim balances the first opens, and the last closes; one alone does neither."""
    for code in codes:
        found = [each for each in node.all("Bal") if each.text("Tp/CdOrPrtry/Cd") == code]
        if found and (code != "ITBD" or len(found) > 1):
            return _signed(found[0 if first else -1])
    return None


def _signed(node: Node) -> int:
    amount = node.first("Amt")
    if amount is None:
        raise InvalidInput("An entry or balance has no amount.", "Fetch the statement from the bank again.")
    minor = _minor(amount)
    return -minor if node.text("CdtDbtInd") == "DBIT" else minor


def _minor(amount: Node) -> int:
    currency = amount.attribute("Ccy")
    value = number(amount.text(), "An amount")
    minor = to_minor(value, currency)
    if to_minor(value * Decimal(1000), currency) != minor * 1000:
        raise InvalidInput(f"The amount {amount.text()} {currency} is finer than the currency.", "Ask the bank.")
    return minor


def _entry(node: Node, problems: list[str]) -> Entry:
    signed = _signed(node)
    amount = node.first("Amt")
    details = tuple(_part(each, signed) for each in node.all("NtryDtls/TxDtls"))
    known = [part.amount for part in details if part.amount is not None]
    if len(known) == len(details) > 1 and sum(known) != signed:
        problems.append(f"The payments bundled in entry {node.text('AcctSvcrRef') or len(problems) + 1} do not add up.")
    return Entry(
        amount=signed,
        currency=amount.attribute("Ccy") if amount else "",
        booked=_day(node.first("BookgDt")),
        valued=_day(node.first("ValDt")),
        status=_STATUS.get(node.text("Sts/Cd") or node.text("Sts"), Status.BOOKED),
        parts=details,
        bank_reference=node.text("AcctSvcrRef") or node.text("NtryRef"),
        text=node.text("AddtlNtryInf"),
        reversal=node.text("RvslInd") in ("true", "1"),
    )


def _part(node: Node, entry: int) -> Part:
    """The other side is who paid where money came, and who got it where it went."""
    amount = node.first("Amt") or node.first("AmtDtls/TxAmt/Amt")
    kind = node.text("CdtDbtInd")
    minus = kind == "DBIT" if kind else entry < 0
    side = "Cdtr" if entry < 0 else "Dbtr"
    texts = [*(each.text() for each in node.all("RmtInf/Ustrd")), node.text("RmtInf/Strd/CdtrRefInf/Ref")]
    return Part(
        amount=None if amount is None else _minor(amount) * (-1 if minus else 1),
        name=node.text(f"RltdPties/{side}/Nm") or node.text(f"RltdPties/{side}/Pty/Nm"),
        account=node.text(f"RltdPties/{side}Acct/Id/IBAN") or node.text(f"RltdPties/{side}Acct/Id/Othr/Id"),
        reference=node.text("Refs/EndToEndId"),
        mandate=node.text("Refs/MndtId"),
        text=" ".join(text for text in texts if text),
    )


def _day(node: Node | None) -> date | None:
    return day(node.text("Dt") or node.text("DtTm"), "A booking date") if node else None
