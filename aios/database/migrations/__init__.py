"""Alembic's scripts: forward only, one file per version of the schema."""
