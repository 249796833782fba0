"""Unlinked: artifacts made before links were kept, whose events do not say what they were made from."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.influences import influences
from aios.cases.tables import artifacts
from aios.database.blobs import find_json


def unlinked(connection: Connection, artifact_ids: Sequence[str]) -> str:
    """A sentence about those of the artifacts whose content names what no link says; empty where there are none."""
    found = [id_ for id_ in artifact_ids if _names_more(connection, id_)]
    if not found:
        return ""
    where = "What it was made from stands in its content, on the case's page."
    return f"{', '.join(found)}: made before links were kept. {where}"


def _names_more(connection: Connection, artifact_id: str) -> bool:
    case_id, step, version = artifact_id.rsplit("/", 2)
    column = artifacts.c
    here = (column.case_id == case_id, column.step == step, column.version == int(version))
    row = connection.execute(sa.select(column.blob, column.provenance).where(*here)).first()
    if row is None or "read" in row.provenance or "cited" in row.provenance:
        return False
    content: Any = find_json(connection, row.blob, {})
    return bool(influences(content))
