"""What an entry of a statement says, as movements of money: one, or one for each payment that it bundles."""

from dataclasses import replace

from aios.billing.matching import Movement
from aios.billing.twins import NOTHING
from aios.events.catalog import EntryBooked, EntryPart

RETURN_WORDS = (
    "rücklast", "ruecklast", "retoure", "rückgabe", "rueckgabe", "rücküberweisung", "rueckueberweisung", "storno",
    "returned", "reversal", "chargeback", "rejected",
)  # fmt: skip
FEE_WORDS = (
    "entgelt", "gebühr", "gebuehr", "kontoführung", "kontofuehrung", "rechnungsabschluss", "abschluss per", "bank fee",
    "account fee", "service charge", "bank charge",
)  # fmt: skip
MOST_FEE = 10_000
"""Minor units; what a bank takes beyond that is asked about."""


def movements(said: EntryBooked) -> list[Movement]:
    """The payments of the entry where the bank says what each comes to, else the entry as one."""
    parts = said.parts
    known = [part.amount for part in parts if part.amount]
    if len(parts) > 1 and len(known) == len(parts) and sum(known) == said.amount:
        return [_movement(said, (part,), part.amount or 0) for part in parts]
    return [_movement(said, parts, said.amount)]


def without(movement: Movement, used: int) -> Movement:
    """What is left of it once some is accounted for."""
    return replace(movement, minor=movement.minor - used)


def is_return(said: EntryBooked, movement: Movement) -> bool:
    """Whether the bank says that it gives a payment back."""
    words = movement.words.casefold()
    return said.reversal or any(word in words for word in RETURN_WORDS)


def is_fee(movement: Movement) -> bool:
    """Whether it is what the bank takes for itself: little, in words of a bank, and to nobody else's account."""
    words = movement.words.casefold()
    return -MOST_FEE <= movement.minor < 0 and not movement.account and any(word in words for word in FEE_WORDS)


def _movement(said: EntryBooked, parts: tuple[EntryPart, ...], minor: int) -> Movement:
    first = parts[0] if len(parts) == 1 else None
    told = [word for part in parts for word in (part.reference, part.text) if word not in NOTHING]
    return Movement(
        minor=minor,
        currency=said.currency,
        name=first.name if first else "",
        account="".join(first.account.split()) if first else "",
        reference=first.reference if first else "",
        words=" \n".join(word for word in (*told, said.text, said.bank_reference) if word),
    )
