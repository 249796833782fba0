"""Writes that are held back reach the store in the order that each table needs, and no read misses one."""

import sqlalchemy as sa

from aios.cases.tables import artifacts, cases
from aios.database.blobs import blobs
from aios.database.engine import Database
from aios.database.gathered import Gathered

KEEP = sa.insert(blobs)
RESIZE = sa.update(blobs).where(blobs.c.digest == sa.bindparam("named"))
TAKE = sa.delete(blobs).where(blobs.c.digest == sa.bindparam("named")).returning(blobs.c.size)
FORGET = sa.delete(blobs).where(blobs.c.digest == sa.bindparam("named"))


def blob(digest: str, size: int) -> dict[str, object]:
    return {"digest": digest, "size": size, "media_type": "text/plain", "data": b""}


def test_each_table_is_written_in_its_order(database: Database) -> None:
    with database.write() as tx:
        gathered = Gathered(tx)
        gathered.execute(KEEP, blob("a", 1))
        gathered.execute(KEEP, blob("b", 1))
        gathered.execute(RESIZE, {"named": "a", "size": 2})
        gathered.execute(FORGET, {"named": "b"})
        gathered.execute(KEEP, blob("b", 3))
        assert tx.scalar(sa.select(sa.func.count()).select_from(blobs)) == 0
        gathered.flush()
        assert [tuple(row) for row in tx.execute(sa.select(blobs.c.digest, blobs.c.size).order_by(blobs.c.digest))] == [
            ("a", 2),
            ("b", 3),
        ]


def test_a_read_and_a_statement_of_its_own_see_all_that_was_written_before(database: Database) -> None:
    with database.write() as tx:
        gathered = Gathered(tx)
        gathered.execute(KEEP, blob("a", 1))
        assert gathered.scalar(sa.select(sa.func.count()).select_from(blobs)) == 1
        gathered.execute(KEEP, blob("b", 1))
        gathered.execute(sa.update(blobs).values(size=5))
        assert gathered.execute(sa.select(blobs.c.size)).scalars().all() == [5, 5]
        gathered.execute(KEEP, [blob("c", 1), blob("d", 1)])
        assert gathered.execute(TAKE, {"named": "d"}).scalar() == 1


def test_tables_do_not_refer_to_each_other(database: Database) -> None:
    with database.read() as connection:
        for table in (*cases.metadata.tables.values(), artifacts):
            assert not table.foreign_keys, table.name
            assert not sa.inspect(connection).get_foreign_keys(table.name), table.name
