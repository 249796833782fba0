"""The workspace database, asked whether it answers before anything is built on it."""

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from aios.database.engine import Database
from aios.errors import Misconfigured
from aios.settings import Settings

REMEDY = "Check AIOS_DATABASE_URL (postgresql://user:password@host/name) and that the server runs."


def require_database(settings: Settings) -> str:
    """The database's address without its password; `Misconfigured` where it can't be opened."""
    try:
        database = Database(settings.database_url)
    except (SQLAlchemyError, ImportError):
        raise Misconfigured("AIOS_DATABASE_URL is not the address of a SQLite or Postgres database.", REMEDY) from None
    try:
        with database.read() as connection:
            connection.execute(sa.select(1))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise Misconfigured(f"The database {_address(database)} can't be opened: {reason}.", REMEDY) from None
    finally:
        database.close()
    return _address(database)


def _address(database: Database) -> str:
    return database.url.render_as_string(hide_password=True)
