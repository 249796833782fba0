"""Effects wait in order for a service that takes nothing now; accounts have a pace over all processes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TURNS = """
update effects set turn = (
  select max(position) from events where events.stream = 'effect/' || effects.key and type = 'effect.approved'
) where exists (
  select 1 from events where events.stream = 'effect/' || effects.key and type = 'effect.approved' and position > (
    select max(position) from events where events.stream = 'effect/' || effects.key and type = 'effect.proposed'
  )
)
"""
"""Of each effect whose last proposal was approved: the position of its approval."""


def upgrade() -> None:
    """Say of each effect its kind of failure, priority and turn; keep how much of its pace an account has used."""
    op.add_column("effects", sa.Column("failure", sa.String(10), nullable=False, server_default=""))
    op.add_column("effects", sa.Column("priority", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("effects", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "rates",
        sa.Column("account", sa.String(500), primary_key=True),
        sa.Column("full", sa.String(27), nullable=False),
    )
    op.execute(sa.text(TURNS))
    op.execute(sa.text("update effects set failure = 'hard' where state = 'failed'"))
