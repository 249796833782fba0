"""Alembic's entry: runs the scripts on the connection it is handed, inside that connection's transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
