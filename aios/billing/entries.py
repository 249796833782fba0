"""`Entries`: the entries of bank statements, and what of their money is accounted for."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.tables import bank_entries, entry_uses
from aios.billing.twins import account_key, held_together
from aios.errors import NotFound
from aios.events.catalog import EntryBooked
from aios.events.log import EventLog

_BY_ID = sa.select(bank_entries).where(bank_entries.c.id == sa.bindparam("id"))
_ALIKE = sa.select(bank_entries).where(
    bank_entries.c.booked == sa.bindparam("booked"),
    bank_entries.c.amount == sa.bindparam("amount"),
    bank_entries.c.currency == sa.bindparam("currency"),
    bank_entries.c.blob != sa.bindparam("blob"),
)


@dataclass(frozen=True)
class BankEntry:
    """An entry in minor units, with the sign of its movement; `left` is what nobody has accounted for yet."""

    id: str
    statement: str
    account: str
    currency: str
    amount: int
    booked: str
    blob: str
    left: int
    position: int


@dataclass(frozen=True)
class Use:
    """What a part of an entry's money was for. It held until `undone_on`, or holds where that is empty."""

    key: str
    entry: str
    how: str
    what: str
    direction: str
    minor: int
    on: str
    by: str
    rule: str
    undone_on: str
    position: int

    @property
    def part(self) -> int:
        """Which of the payments that the entry bundles; keys are made as entry, part, and how many there were."""
        return int(self.key.split("/")[1])


class Entries:
    """The register; it is only read here."""

    def __init__(self, log: EventLog) -> None:
        self.log = log

    def of_statement(self, connection: Connection, statement: str) -> list[BankEntry]:
        """The entries that the statement was the first to say, in the order of their days."""
        query = sa.select(bank_entries).where(bank_entries.c.statement == statement)
        rows = connection.execute(query.order_by(bank_entries.c.booked, bank_entries.c.position)).mappings()
        return [BankEntry(**row) for row in rows]

    def open_statements(self, connection: Connection) -> list[str]:
        """The statements of which entries are not accounted for, the oldest first."""
        first = sa.func.min(bank_entries.c.position)
        query = sa.select(bank_entries.c.statement).where(bank_entries.c.left != 0, bank_entries.c.statement != "")
        return list(connection.scalars(query.group_by(bank_entries.c.statement).order_by(first)))

    def get(self, connection: Connection, entry_id: str) -> BankEntry:
        """The entry of that id; `NotFound` where there is none."""
        row = connection.execute(_BY_ID, {"id": entry_id}).mappings().first()
        if row is None:
            raise NotFound(f"There is no entry {entry_id[:60]}.", "List them with `aios statements entries`.")
        return BankEntry(**row)

    def newest(self, connection: Connection, *, open_only: bool = False, limit: int = 500) -> list[BankEntry]:
        """The entries, the newest first."""
        query = sa.select(bank_entries).order_by(bank_entries.c.position.desc()).limit(limit)
        query = query.where(bank_entries.c.left != 0) if open_only else query
        return [BankEntry(**row) for row in connection.execute(query).mappings()]

    def uses(self, connection: Connection, entry_ids: Sequence[str]) -> list[Use]:
        """What the entries' money was for, in the order in which it was said, with what was taken back since."""
        found: list[Use] = []
        for start in range(0, len(entry_ids), 500):
            some = entry_ids[start : start + 500]
            query = sa.select(entry_uses).where(entry_uses.c.entry.in_(some)).order_by(entry_uses.c.position)
            found += [Use(**row) for row in connection.execute(query).mappings()]
        return found

    def use(self, connection: Connection, key: str) -> Use:
        """The use of that key; `NotFound` where there is none."""
        row = connection.execute(sa.select(entry_uses).where(entry_uses.c.key == key)).mappings().first()
        if row is None:
            raise NotFound(f"Nothing was accounted for under {key[:80]}.", "List with `aios statements entries`.")
        return Use(**row)

    def said(self, connection: Connection, entry_id: str) -> EntryBooked:
        """What the bank says with the entry."""
        payload = self.log.get(connection, entry_id).payload
        assert isinstance(payload, EntryBooked), entry_id
        return payload

    def twin(self, connection: Connection, entry: BankEntry, said: EntryBooked) -> tuple[str, bool]:
        """The earlier entry of another file that says the same movement, and whether that is certain; else empty.

        One that an entry of the same file stands for already is another movement.
        """
        asked = {name: getattr(entry, name) for name in ("booked", "amount", "currency", "blob")}
        found = [BankEntry(**row) for row in connection.execute(_ALIKE, asked).mappings()]
        earlier = [each for each in found if each.position < entry.position and self._is_of(each, entry)]
        free = [each for each in earlier if not self._is_taken(connection, each, entry)]
        verdicts = {each.id: held_together(said, self.said(connection, each.id)) for each in free}
        for wanted in ("same", "doubtful"):
            for entry_id, verdict in verdicts.items():
                if verdict == wanted:
                    return entry_id, wanted == "same"
        return "", False

    def _is_of(self, one: BankEntry, other: BankEntry) -> bool:
        """Whether they stand on the same account, as far as both say which."""
        mine, theirs = account_key(one.account), account_key(other.account)
        return mine == theirs or not mine or not theirs

    def _is_taken(self, connection: Connection, earlier: BankEntry, entry: BankEntry) -> bool:
        """Whether it only says again what another one says, or an entry of this file says it again already."""
        standing = [use for use in self.uses(connection, [earlier.id]) if use.how == "same" and not use.undone_on]
        if standing:
            return True
        again = (
            sa.select(sa.literal(1))
            .join(bank_entries, bank_entries.c.id == entry_uses.c.entry)
            .where(
                entry_uses.c.how == "same",
                entry_uses.c.what == earlier.id,
                entry_uses.c.undone_on == "",
                bank_entries.c.blob == entry.blob,
            )
        )
        return connection.scalar(again.limit(1)) is not None
