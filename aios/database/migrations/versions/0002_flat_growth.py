"""What every append and every new case looks up is found by one key, however long the log has grown."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the position SQLite's own row key, which every other index then ends with; index what cases look up."""
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("events", recreate="always") as events:
            events.alter_column("position", existing_type=sa.BigInteger(), type_=sa.Integer())
    op.drop_index("ix_events_case_id", "events")
    op.create_index("ix_events_case_id_type", "events", ["case_id", "type"])
    op.drop_index("ix_cases_process", "cases")
    op.create_index("ix_cases_process_number", "cases", ["process", "number"])
    op.drop_index("ix_decisions_case_id", "decisions")
    op.create_index("ix_decisions_case_id_status", "decisions", ["case_id", "status"])
