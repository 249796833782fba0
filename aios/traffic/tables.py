"""Tables of the traffic. They are of the moment, and do not follow from the log."""

import sqlalchemy as sa

from aios.database.schema import metadata, moment

breakers = sa.Table(
    "model_breakers",
    metadata,
    sa.Column("name", sa.String(500), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("opened", sa.Integer, nullable=False),
    moment("until", nullable=True),
    moment("probe_until", nullable=True),
    sa.Column("kind", sa.String(30), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
"""`until` is set while the breaker is open or half-open; `opened` counts how often it opened in a row."""

rates = sa.Table(
    "rates",
    metadata,
    sa.Column("account", sa.String(500), primary_key=True),
    moment("full"),
)
"""`full` is when everything an account has used up will have been worked off at full speed."""
