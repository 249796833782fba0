"""The entries of bank statements as people look at them: who it was, what each was for, and the case it belongs to."""

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.entries import BankEntry, Entries, Use
from aios.billing.tables import issued_invoices, received_invoices
from aios.cases.process import RECONCILIATION
from aios.cases.tables import cases
from aios.money import Money

_CASES = sa.select(cases.c.trigger, cases.c.id).where(cases.c.process == RECONCILIATION.name)


@dataclass(frozen=True)
class Listed:
    """An entry with who is on its other side, the words with it, and everything that it was taken for."""

    entry: BankEntry
    name: str
    words: str
    case_id: str
    uses: tuple[Use, ...]
    numbers: dict[str, str]

    @property
    def standing(self) -> tuple[Use, ...]:
        """What it was for, without what was taken back."""
        return tuple(use for use in self.uses if not use.undone_on)

    def said_for(self, use: Use) -> str:
        """What a use was, in words."""
        number = self.numbers.get(use.what, use.what)
        match use.how:
            case "invoice":
                return f"invoice {number}"
            case "transfer":
                return f"the transfer for {number}"
            case "account":
                return f"account {use.what}"
            case "same":
                return "said before by another statement"
            case _:
                return "ignored"

    def fields(self) -> dict[str, Any]:
        """As programs read it."""
        about = {"name": self.name, "words": self.words, "case_id": self.case_id}
        return {**asdict(self.entry), **about, "uses": [asdict(use) for use in self.uses]}


def listed(connection: Connection, entries: Entries, *, open_only: bool = False, limit: int = 500) -> list[Listed]:
    """The entries, the newest first."""
    found = entries.newest(connection, open_only=open_only, limit=limit)
    uses = entries.uses(connection, [each.id for each in found])
    of_entry: dict[str, list[Use]] = {}
    for use in uses:
        of_entry.setdefault(use.entry, []).append(use)
    around = _Around({trigger: case_id for trigger, case_id in connection.execute(_CASES)}, _numbers(connection, uses))
    return [_listed(connection, entries, each, around, of_entry.get(each.id, [])) for each in found]


def sum_of(entry: BankEntry) -> str:
    """Its sum, as people read it."""
    return str(Money(entry.amount, entry.currency))


@dataclass(frozen=True)
class _Around:
    """The cases of statements by what opened them, and the numbers of invoices by their keys."""

    cases: dict[str, str]
    numbers: dict[str, str]


def _numbers(connection: Connection, uses: list[Use]) -> dict[str, str]:
    """The numbers of the invoices that entries were for, as they are written."""
    keys = sorted({use.what for use in uses if use.how in ("invoice", "transfer")})
    found: dict[str, str] = {}
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        own = sa.select(issued_invoices.c.key, issued_invoices.c.name).where(issued_invoices.c.key.in_(some))
        others = sa.select(received_invoices.c.case_id, received_invoices.c.number)
        for query in (own, others.where(received_invoices.c.case_id.in_(some))):
            found |= {key: number for key, number in connection.execute(query)}
    return found


def _listed(connection: Connection, entries: Entries, entry: BankEntry, around: _Around, uses: list[Use]) -> Listed:
    said = entries.said(connection, entry.id)
    name = next((part.name for part in said.parts if part.name), "")
    words = " ".join(" ".join(part.text for part in said.parts if part.text).split()) or said.text
    case_id = around.cases.get(entry.statement, "")
    return Listed(entry, name, words[:300], case_id, tuple(uses), around.numbers)
