"""A case knows since when it is being rolled back; what waits for a service is found by the service."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """No case is being rolled back yet. Effects are indexed by state and service."""
    op.add_column("cases", sa.Column("rollback", sa.BigInteger(), nullable=False, server_default="0"))
    op.drop_index("ix_effects_state", "effects")
    op.create_index("ix_effects_state", "effects", ["state", "connector", "mode"])
