"""What two invoices have in common: the number, however it is written; the account; the supplier's name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aios.billing.received import ReceivedInvoice
from aios.events.catalog import InvoiceRecorded

_LIKE = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "S": "5", "B": "8", "Z": "2"})
"""Letters that people and scanners take for digits."""

_LEGAL = re.compile(
    r"\b(?:gmbh|mbh|ag|ug|haftungsbeschränkt|e\.?k|kg|ohg|gbr|co|ltd|limited|llc|inc|sas|sarl|sa|bv|b\.v|srl|s\.r\.l|"
    r"as|aps|ab|oy|oü)\b\.?"
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Same:
    """An earlier invoice that this one may be once more: `exact` by number or file, else by what it says."""

    case_id: str
    number: str
    why: str
    exact: bool


def number_key(number: str) -> str:
    """A number as it is compared: without signs, spaces and leading zeros, and with look-alikes as one."""
    bare = "".join(_WORD.findall(number.upper())).replace("_", "").translate(_LIKE)
    return bare.lstrip("0")[:200] or bare[:200]


def supplier_key(name: str) -> str:
    """A supplier's name as it is compared: without its legal form, signs and capitals."""
    bare = _LEGAL.sub(" ", name.casefold())
    return "".join(_WORD.findall(bare))[:200] or "".join(_WORD.findall(name.casefold()))[:200]


def duplicates(of: InvoiceRecorded, supplier: Sequence[ReceivedInvoice], file: Sequence[ReceivedInvoice]) -> list[Same]:
    """The earlier invoices that it repeats: by its bytes, its supplier and number, or its supplier, sum and day."""
    found = {each.case_id: Same(each.case_id, each.number, "it is the same file", True) for each in file}
    for each in supplier:
        if each.case_id in found:
            continue
        if of.number and each.number.strip() == of.number.strip():
            found[each.case_id] = Same(each.case_id, each.number, "it has the same number", True)
        elif of.number_key and each.number_key == of.number_key:
            found[each.case_id] = Same(each.case_id, each.number, "its number reads the same", False)
        elif _same_sum(of, each):
            found[each.case_id] = Same(each.case_id, each.number, "it asks for the same sum on the same day", False)
    return list(found.values())


def _same_sum(of: InvoiceRecorded, other: ReceivedInvoice) -> bool:
    mine = (of.payable, of.currency, of.issued, of.credit)
    return bool(of.issued and of.payable) and mine == (other.payable, other.currency, other.issued, other.credit)


@dataclass(frozen=True)
class Account:
    """What is known of the account to pay to: `known`, `first` (nothing to compare with), `changed` or `none`."""

    state: str
    before: tuple[str, ...] = ()


def account(of: InvoiceRecorded, supplier: Sequence[ReceivedInvoice]) -> Account:
    """Whether the supplier was paid on this account before; where nothing was paid yet, whether it named it before."""
    if not of.ibans:
        return Account("none")
    paid = {each.paid_iban for each in supplier if each.paid_iban}
    before = paid or {iban for each in supplier for iban in each.ibans}
    if not before:
        return Account("first")
    return Account("known" if set(of.ibans) <= before else "changed", tuple(sorted(before)))
