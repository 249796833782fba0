"""`Policies`: the policy set in force. A file takes over when it is good; until then the last good one stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.blobs import get_bytes, put_bytes
from aios.database.prepared import Prepared
from aios.events.catalog import PolicyAdopted, PolicyRefused
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.events.tables import events
from aios.ids import digest_bytes
from aios.policies.document import Refused, default_text, read_policy
from aios.policies.schema import PolicySet

STREAM = "policy"
SHIPPED = "shipped"
"""The origin of the policy set that is in force before any file was adopted."""

_NEWEST = Prepared(
    sa.select(events.c.id)
    .where(events.c.stream == STREAM, events.c.type == PolicyAdopted.type)
    .order_by(events.c.position.desc())
    .limit(1)
)
"""The id of the newest adoption: while it is the same, so is what is in force."""


@dataclass(frozen=True)
class InForce:
    """The policy set that decides now, the digest of its text, and where it came from."""

    policy: PolicySet
    digest: str
    origin: str


@dataclass(frozen=True)
class ReloadResult:
    """What reading the file came to; `line` and `reason` say why it was refused (line 0: the file as a whole)."""

    outcome: Literal["adopted", "unchanged", "refused"]
    digest: str = ""
    line: int = 0
    reason: str = ""


class Policies:
    """The policies of this workspace. Without it, a typo in a file could let something go out.

    `undo_seconds`, where given, takes the place of the file's own (the setting `AIOS_UNDO_SECONDS`).
    """

    def __init__(self, log: EventLog, file: Path, undo_seconds: float | None = None) -> None:
        self.log = log
        self.file = file
        self._override = {} if undo_seconds is None else {"undo_seconds": undo_seconds}
        self._known: tuple[str, InForce] | None = None

    def install_default(self) -> bool:
        """Write the shipped file where there is none; says whether it did."""
        if self.file.exists():
            return False
        self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self.file.open("x", encoding="utf-8") as out:
                out.write(default_text())
        except FileExistsError:
            return False
        return True

    def current(self, connection: Connection | None = None) -> PolicySet:
        """The policy set in force; the shipped one, which lets nothing go out by itself, where none was adopted."""
        return self.in_force(connection).policy

    def in_force(self, connection: Connection | None = None) -> InForce:
        """The policy set in force, with its digest and origin."""
        if connection is None:
            with self.log.database.read() as own:
                return self.in_force(own)
        adopted, known = _NEWEST.first(connection), self._known
        newest = adopted.id if adopted else SHIPPED
        if known is None or known[0] != newest:
            self._known = known = (newest, self._find(connection))
        return known[1]

    def _find(self, connection: Connection) -> InForce:
        for adopted in self._history(connection):
            if policy := self._policy(connection, adopted):
                return InForce(policy.model_copy(update=self._override), adopted.digest, adopted.origin)
        data = default_text().encode()
        return InForce(read_policy(data).model_copy(update=self._override), digest_bytes(data), SHIPPED)

    def reload(self) -> ReloadResult:
        """Read the file again, and adopt or refuse it. The same content is adopted, or refused, once."""
        try:
            data = self.file.read_bytes()
        except OSError as error:
            return self._refuse("", 0, f"the file cannot be read: {error.strerror or error}")
        key = digest_bytes(data)
        try:
            read_policy(data)
        except Refused as refusal:
            return self._refuse(key, refusal.line, refusal.reason)
        return self._adopt(key, data)

    def problem(self, connection: Connection) -> PolicyRefused | None:
        """Why the newest file is not in force, or None where it is."""
        found = self.log.read(
            connection, stream=STREAM, types=(PolicyAdopted.type, PolicyRefused.type), limit=1, newest_first=True
        )
        return found[0].payload if found and isinstance(found[0].payload, PolicyRefused) else None

    def _adopt(self, key: str, data: bytes) -> ReloadResult:
        with self.log.database.read() as connection:
            if self._stands(connection, key):
                return ReloadResult("unchanged", key)
        with self.log.database.write() as tx:
            if self._stands(tx, key):
                return ReloadResult("unchanged", key)
            blob = put_bytes(tx, data, "application/yaml")
            payload = PolicyAdopted(digest=key, blob=blob, origin=self.file.name)
            self.log.append(tx, NewEvent(stream=STREAM, payload=payload, actor="owner"))
        return ReloadResult("adopted", key)

    def _refuse(self, key: str, line: int, reason: str) -> ReloadResult:
        with self.log.database.read() as connection:
            known = self.problem(connection)
        if known is not None and (known.digest, known.reason) == (key, reason):
            return ReloadResult("refused", key, line, reason)
        with self.log.database.write() as tx:
            known = self.problem(tx)
            if known is None or (known.digest, known.reason) != (key, reason):
                payload = PolicyRefused(digest=key, line=line, reason=reason, origin=self.file.name)
                self.log.append(tx, NewEvent(stream=STREAM, payload=payload, actor="owner"))
        return ReloadResult("refused", key, line, reason)

    def _stands(self, connection: Connection, key: str) -> bool:
        newest = next(self._history(connection), None)
        return newest is not None and newest.digest == key and self.problem(connection) is None

    def _policy(self, connection: Connection, adopted: PolicyAdopted) -> PolicySet | None:
        """The adopted text as this version of aios reads it; None where a newer version reads it no more."""
        try:
            return read_policy(get_bytes(connection, adopted.blob))
        except Refused:
            return None

    def _history(self, connection: Connection) -> Iterator[PolicyAdopted]:
        found = self.log.read(connection, stream=STREAM, types=(PolicyAdopted.type,), limit=20, newest_first=True)
        return (event.payload for event in found if isinstance(event.payload, PolicyAdopted))
