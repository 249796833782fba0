"""SEPA credit transfers for the bank to carry out: pain.001.001.09, the same file for the same key."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from aios.errors import InvalidInput
from aios.invoices.elements import Element, document, element
from aios.invoices.numbers import valid
from aios.money import to_decimal

SPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
MOST = 99_999_999_999
"""What one SEPA transfer may move, in cents."""

CORRECT = "Correct it before the file goes to the bank."
_FOREIGN = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_LETTERS = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ß": "ss",
        "&": "+",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "æ": "ae",
        "Æ": "Ae",
    }
)


@dataclass(frozen=True)
class Account:
    """Whose account it is; `bic` may stay empty inside SEPA."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True)
class Transfer:
    """One payment: `cents` euros to an account. `key` says which payment it is, and never changes."""

    key: str
    to: Account
    cents: int
    text: str


def write_transfers(key: str, payer: Account, transfers: Iterable[Transfer], *, on: date, made_at: datetime) -> bytes:
    """The file. Its ids follow from `key` and the transfers' own keys, so that a bank knows it when it comes twice.

    `InvalidInput` names the first account or sum that is wrong.
    """
    payments = tuple(transfers)
    _check(payer, payments)
    total = f"{to_decimal(sum(each.cents for each in payments), 'EUR'):.2f}"
    head = [
        element("MsgId", reference(key)),
        element("CreDtTm", made_at.replace(microsecond=0, tzinfo=None).isoformat()),
        element("NbOfTxs", str(len(payments))),
        element("CtrlSum", total),
        element("InitgPty", [element("Nm", latin(payer.name, 70))]),
    ]
    initiation = [element("GrpHdr", head), _batch(key, payer, payments, on, total)]
    root = element("Document", [element("CstmrCdtTrfInitn", initiation)])
    assert root is not None
    return document(root, {"": SPACE})


def reference(key: str) -> str:
    """An id of at most 35 characters that a bank takes, always the same for the key."""
    return sha256(key.encode()).hexdigest()[:32].upper()


def latin(text: str, most: int) -> str:
    """The text in the letters that SEPA knows."""
    from unicodedata import combining, normalize

    plain = normalize("NFKD", text.translate(_LETTERS))
    bare = "".join(letter for letter in plain if not combining(letter))
    return " ".join(_FOREIGN.sub(" ", bare).split())[:most].strip()


def _check(payer: Account, payments: tuple[Transfer, ...]) -> None:
    if not payments:
        raise InvalidInput("There is nothing to transfer.", "Choose what to pay.")
    if len({each.key for each in payments}) < len(payments):
        raise InvalidInput("The same payment is in the file twice.", CORRECT)
    for account in (payer, *(each.to for each in payments)):
        if not valid("iban", account.iban):
            raise InvalidInput(f"The IBAN {account.iban!r} of {account.name} is not valid.", CORRECT)
        if account.bic and not valid("bic", account.bic):
            raise InvalidInput(f"The BIC {account.bic!r} of {account.name} is not valid.", CORRECT)
        if not latin(account.name, 70):
            raise InvalidInput(f"The account {account.iban} has no name that SEPA can write.", CORRECT)
    for each in payments:
        if not 0 < each.cents <= MOST:
            raise InvalidInput(f"{each.cents} cents to {each.to.name} can't be transferred.", CORRECT)


def _batch(key: str, payer: Account, payments: tuple[Transfer, ...], on: date, total: str) -> Element | None:
    service = element("SvcLvl", [element("Cd", "SEPA")])
    return element(
        "PmtInf",
        [
            element("PmtInfId", reference(f"{key}/batch")),
            element("PmtMtd", "TRF"),
            element("NbOfTxs", str(len(payments))),
            element("CtrlSum", total),
            element("PmtTpInf", [service]),
            element("ReqdExctnDt", [element("Dt", on.isoformat())]),
            element("Dbtr", [element("Nm", latin(payer.name, 70))]),
            _account("DbtrAcct", payer),
            _agent("DbtrAgt", payer) or _unnamed_agent(),
            element("ChrgBr", "SLEV"),
            *(_payment(each) for each in payments),
        ],
    )


def _payment(each: Transfer) -> Element | None:
    amount = element("InstdAmt", f"{to_decimal(each.cents, 'EUR'):.2f}", Ccy="EUR")
    return element(
        "CdtTrfTxInf",
        [
            element("PmtId", [element("EndToEndId", reference(each.key))]),
            element("Amt", [amount]),
            _agent("CdtrAgt", each.to),
            element("Cdtr", [element("Nm", latin(each.to.name, 70))]),
            _account("CdtrAcct", each.to),
            element("RmtInf", [element("Ustrd", latin(each.text, 140))]),
        ],
    )


def _account(name: str, account: Account) -> Element | None:
    return element(name, [element("Id", [element("IBAN", account.iban.replace(" ", ""))])])


def _agent(name: str, account: Account) -> Element | None:
    return element(name, [element("FinInstnId", [element("BICFI", account.bic)])])


def _unnamed_agent() -> Element | None:
    other = element("Othr", [element("Id", "NOTPROVIDED")])
    return element("DbtrAgt", [element("FinInstnId", [other])])
