"""The tables that follow from what is known about people and organisations."""

import sqlalchemy as sa

from aios.database.schema import metadata, moment

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", sa.String(60), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("organisation_id", sa.String(60), nullable=False),
    sa.Column("language", sa.String(20), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("merged_into", sa.String(60), nullable=False, index=True),
    moment("created_at"),
    moment("updated_at"),
    moment("forgotten_at", nullable=True),
)

contact_aliases = sa.Table(
    "contact_aliases",
    metadata,
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("value", sa.String(400), primary_key=True),
    sa.Column("contact_id", sa.String(60), primary_key=True, index=True),
    moment("added_at"),
)
