"""The workspace database: one SQLAlchemy engine on SQLite or Postgres, with two kinds of transaction."""
