"""Questions: the decisions that ask, or asked, which fact is right, found by whom or what they are about."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.blobs import find_json
from aios.decisions.decisions import FACT
from aios.decisions.tables import decisions


def asked_about(connection: Connection, subject: str) -> list[str]:
    """The ids of the decisions that ask, or asked, which fact about a subject is right."""
    query = sa.select(decisions.c.id).where(decisions.c.kind == FACT)
    mine = decisions.c.effect_key.startswith(f"fact/{subject}/", autoescape=True)
    return list(connection.scalars(query.where(mine).order_by(decisions.c.id)))


def asked_against(connection: Connection, item_ids: Collection[str]) -> list[str]:
    """The ids of the decisions that ask, or asked, whether something else is right than one of the facts."""
    query = sa.select(decisions.c.id, decisions.c.shown).where(decisions.c.kind == FACT).order_by(decisions.c.id)
    shown = {row.id: find_json(connection, row.shown, {}) for row in connection.execute(query).all()}
    return [id_ for id_, said in shown.items() if said.get("proposal", {}).get("against") in item_ids]


def asked_as(subject: str, predicate: str) -> str:
    """How the keys of the questions about a predicate of a subject begin."""
    return f"fact/{subject}/{predicate}/"
