"""Which payment the bank gives back: one of just that sum that was matched, told by its reference, number or party."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.entries import Entries, Use
from aios.billing.matching import Movement, Owed, Share, mentions
from aios.billing.movements import movements
from aios.billing.open_items import all_items
from aios.billing.sameness import supplier_key
from aios.billing.tables import entry_uses

_OF_THAT_SUM = sa.select(entry_uses).where(
    entry_uses.c.minor == sa.bindparam("minor"),
    entry_uses.c.how.in_(("invoice", "transfer")),
    entry_uses.c.undone_on == "",
    entry_uses.c.rule != "returned",
)
_GIVEN_BACK = sa.select(sa.func.count()).where(
    entry_uses.c.what == sa.bindparam("what"),
    entry_uses.c.how == sa.bindparam("how"),
    entry_uses.c.minor == sa.bindparam("minor"),
    entry_uses.c.undone_on == "",
    entry_uses.c.rule == "returned",
)


def returned(connection: Connection, entries: Entries, movement: Movement) -> tuple[Share, ...]:
    """The share of the one payment that it gives back; none where no payment fits, or more than one."""
    from datetime import date

    found = [Use(**row) for row in connection.execute(_OF_THAT_SUM, {"minor": -movement.minor}).mappings()]
    if not found:
        return ()
    items = {(item.direction, item.key): item for item in all_items(connection, on=date.max)}
    fitting: dict[tuple[str, str], Share] = {}
    counted: dict[tuple[str, str], int] = {}
    for use in found:
        item = items.get((use.direction, use.what))  # pyright: ignore[reportArgumentType]
        if item and item.currency == movement.currency and _fits(connection, entries, use, movement, item.name):
            owed = Owed(
                item.direction, item.key, item.name, item.party, movement.minor, item.currency, clears=_how(use)
            )
            fitting[use.what, use.how] = Share(owed, movement.minor)
            counted[use.what, use.how] = counted.get((use.what, use.how), 0) + 1
    left = [
        share for (what, how), share in fitting.items() if counted[what, how] > _back(connection, what, how, movement)
    ]
    return (left[0],) if len(left) == 1 else ()


def _how(use: Use):
    return "transfer" if use.how == "transfer" else "invoice"


def _back(connection: Connection, what: str, how: str, movement: Movement) -> int:
    """How often that payment was given back already."""
    return connection.scalar(_GIVEN_BACK, {"what": what, "how": how, "minor": movement.minor}) or 0


def _fits(connection: Connection, entries: Entries, use: Use, movement: Movement, number: str) -> bool:
    """Whether the payment that was matched has the reference, the number, the account or the name of this one."""
    before = movements(entries.said(connection, use.entry))[use.part]
    if before.reference and movement.reference:
        return before.reference == movement.reference
    if mentions(movement.words, number):
        return True
    if before.account and movement.account:
        return before.account == movement.account
    name = supplier_key(movement.name)
    return bool(name) and name == supplier_key(before.name)
