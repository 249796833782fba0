"""Bring a database to the schema of this version; several processes may try at once, one of them does it."""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.engine import Database
from aios.errors import Misconfigured

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0016"
"""The newest revision, so that an up-to-date database costs one query and no import of Alembic."""


def migrate(database: Database) -> None:
    """Run what is missing, in one transaction; `Misconfigured` where the database is of a newer aios."""
    with database.read() as connection:
        if revision(connection) == HEAD:
            return
    from alembic import command
    from alembic.util import CommandError

    with database.write() as tx:
        try:
            command.upgrade(scripts(tx), "head")
        except CommandError as error:
            raise Misconfigured(
                f"The database is of another version of aios: {error}.", "Start the version that wrote it, or newer."
            ) from None


def scripts(tx: Connection) -> "Config":
    """The migration scripts, to be run in this transaction."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = tx
    return config


def revision(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(sa.text("select version_num from alembic_version"))
