"""`Artifacts`: the versioned outputs of a case's steps, each kept once by its content."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.influences import influences
from aios.cases.projection import artifact_row
from aios.cases.tables import artifacts
from aios.database import blobs
from aios.database.prepared import Prepared
from aios.errors import Conflict
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.events.tail import is_forgotten

SHOWN = 400
"""Characters of a value that a delta keeps; the whole value is in the artifact."""

_OF_STEP = (artifacts.c.case_id == sa.bindparam("case_id"), artifacts.c.step == sa.bindparam("step"))
_LATEST = sa.select(artifacts).where(*_OF_STEP).order_by(artifacts.c.version.desc()).limit(1)
_NEWEST = Prepared(_LATEST.with_only_columns(artifacts.c.version, artifacts.c.blob))


class Newest(NamedTuple):
    """Which version of a step's output is the newest, and the digest of its content."""

    version: int
    blob: str


@dataclass(frozen=True)
class Artifact:
    """One version of a step's output. `inputs` maps each upstream step to the version that was read."""

    case_id: str
    step: str
    version: int
    blob: str
    inputs: dict[str, int]
    provenance: dict[str, Any]
    delta: list[dict[str, Any]]
    event_id: str
    at: str


class Artifacts:
    """The artifacts. A step that makes the same content again makes no new version."""

    def __init__(self, log: EventLog) -> None:
        self.log = log

    def record(
        self,
        tx: Connection,
        case_id: str,
        step: str,
        content: dict[str, Any],
        inputs: dict[str, int],
        provenance: dict[str, Any],
    ) -> tuple[Artifact, bool]:
        """Keep the output, given as JSON; returns its artifact, and whether it is a new version."""
        blob = blobs.put_json(tx, content)
        before = self.newest(tx, case_id, step)
        if before and before.blob == blob and (artifact := self.latest(tx, case_id, step)):
            if is_forgotten(tx, case_id):
                raise Conflict(f"Case {case_id} was forgotten on request.", "Nothing more can be done in it.")
            return artifact, False
        payload = catalog.ArtifactRecorded(
            step=step,
            artifact_version=before.version + 1 if before else 1,
            blob=blob,
            inputs=inputs,
            provenance={**provenance, **influences(content)},
            delta=delta(blobs.get_json(tx, before.blob), content) if before else (),
        )
        event = self.log.append(tx, NewEvent(f"case/{case_id}", payload, case_id=case_id)).event
        return Artifact(**artifact_row(event, payload)), True

    def latest(self, connection: Connection, case_id: str, step: str) -> Artifact | None:
        """The newest version of a step's output, if it has one."""
        row = connection.execute(_LATEST, {"case_id": case_id, "step": step}).mappings().first()
        return Artifact(**row) if row else None

    def newest(self, connection: Connection, case_id: str, step: str) -> Newest | None:
        """What `latest` is, in short: for whoever only reads its content."""
        row = _NEWEST.first(connection, case_id=case_id, step=step)
        return Newest(*row) if row else None

    def version(self, connection: Connection, case_id: str, step: str, version: int) -> Artifact | None:
        """One version of a step's output, if it was made."""
        here = (artifacts.c.case_id == case_id, artifacts.c.step == step, artifacts.c.version == version)
        row = connection.execute(sa.select(artifacts).where(*here)).mappings().first()
        return Artifact(**row) if row else None

    def history(self, connection: Connection, case_id: str) -> list[Artifact]:
        """Every version of every step's output, oldest first."""
        query = sa.select(artifacts).where(artifacts.c.case_id == case_id).order_by(artifacts.c.at, artifacts.c.version)
        return [Artifact(**row) for row in connection.execute(query).mappings()]

    def content(self, connection: Connection, artifact: Artifact | Newest) -> Any:
        """What the artifact says, as JSON; `NotFound` where it was forgotten on request."""
        return blobs.get_json(connection, artifact.blob)


def delta(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """What differs between two versions, field by field, each value cut to what a person reads."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return tuple(
        {"field": name, "before": _short(before.get(name)), "after": _short(after.get(name))}
        for name in sorted(changed)
    )


def _short(value: Any) -> Any:
    return value if isinstance(value, int | float | bool | None) else str(value)[:SHOWN]
