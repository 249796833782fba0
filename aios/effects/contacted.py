"""Whether anything was ever sent to somebody."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import cases
from aios.effects.ledger import DONE
from aios.effects.tables import effects
from aios.settings import Mode


def was_sent(connection: Connection, contact_ids: Sequence[str], mode: Mode) -> bool:
    """Whether a mail has gone out in a case of theirs, or, in the sandbox, would have."""
    of_theirs = effects.c.case_id.in_(sa.select(cases.c.id).where(cases.c.contact_id.in_(contact_ids)))
    mails = (effects.c.connector == "mail", effects.c.operation == "send", effects.c.state.in_(DONE))
    query = sa.select(effects.c.key).where(of_theirs, *mails).limit(1)
    if mode == "live":
        query = query.where(effects.c.mode == "live")
    return connection.execute(query).first() is not None
