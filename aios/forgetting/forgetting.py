"""Forget a person: one transaction for the database, then the files; a certificate says what was removed."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import FORGOTTEN
from aios.database.blobs import blobs
from aios.effects.ledger import Effect
from aios.errors import Conflict
from aios.events.catalog import ForgottenEvent, PersonForgotten
from aios.events.event import NewEvent
from aios.events.integrity import rebuild_within
from aios.events.tables import events
from aios.events.tail import event_hash
from aios.faults import reach
from aios.forgetting.finishing import finish, unfinished_of
from aios.forgetting.scope import Scope, read_scope
from aios.identity.contact import canonical
from aios.identity.tables import contacts
from aios.kernel import Kernel
from aios.memory import lexical
from aios.memory.tables import embeddings, memory_uses, working_contexts
from aios.models.tables import claims

REASON = "forgotten on request"


@dataclass(frozen=True)
class Plan:
    """What would go. `mentions` and `files` speak of the person and stay; `under_way` must be settled first."""

    contact_id: str
    name: str
    counts: dict[str, int]
    cases: tuple[str, ...]
    open_decisions: int
    withdrawn: tuple[str, ...]
    under_way: tuple[str, ...]
    mentions: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True)
class Forgotten:
    """What went. `mentions` and `files` speak of the person and stayed, for the owner to look at.

    `finished` says whether files, indexes and free pages are clean too; if not, `notice` says why and what to do.
    """

    contact_id: str
    certificate: str
    counts: dict[str, int]
    mentions: tuple[str, ...]
    files: tuple[str, ...]
    finished: bool
    notice: str = ""


def plan(kernel: Kernel, contact_id: str) -> Plan:
    """What forgetting the contact would remove; `Conflict` where it was forgotten before."""
    with kernel.database.read() as connection:
        root = canonical(connection, contact_id)
        _must_be_known(connection, root)
        scope = read_scope(kernel, connection, root)
    return Plan(
        contact_id=root,
        name=scope.person.name,
        counts=scope.counts,
        cases=scope.cases,
        open_decisions=len(scope.open_decisions),
        withdrawn=tuple(effect.key for effect in scope.waiting),
        under_way=tuple(effect.key for effect in scope.under_way),
        mentions=scope.mentions,
        files=scope.other_files,
    )


def forget(kernel: Kernel, contact_id: str, *, actor: str = "owner") -> Forgotten:
    """Forget the contact with all that was merged into it.

    Killed before the commit, nothing has happened; killed after it, the same call (or `aios up`) finishes.
    `NotFound` for an unknown id, `Conflict` where it is forgotten already or something of it may be going out.
    """
    with kernel.database.write() as tx:
        root = canonical(tx, contact_id)
        if begun := unfinished_of(kernel.log, tx, root):
            scope, certificate = None, begun
        else:
            _must_be_known(tx, root)
            scope = read_scope(kernel, tx, root)
            _must_be_settled(scope.under_way)
            certificate = _empty(kernel, tx, scope, actor)
            rebuild_within(tx, kernel.log)
            reach("emptied")
    reach("forgotten")
    notice = finish(kernel)
    with kernel.database.read() as connection:
        said = kernel.log.get(connection, certificate).payload
        still = unfinished_of(kernel.log, connection, root)
    assert isinstance(said, PersonForgotten)
    files = scope.other_files if scope else ()
    return Forgotten(root, certificate, said.counts, said.mentions, files, not still, notice if still else "")


def _must_be_known(connection: Connection, root: str) -> None:
    if at := connection.scalar(sa.select(contacts.c.forgotten_at).where(contacts.c.id == root)):
        raise Conflict(f"{root} was forgotten on {at[:10]} already.", "Nothing of theirs is left to remove.")


def _must_be_settled(under_way: tuple[Effect, ...]) -> None:
    if not under_way:
        return
    first = under_way[0]
    if first.state == "unknown" and not first.not_before:
        remedy = "Answer the decision that asks whether it did, then forget them."
    else:
        remedy = "Wait until it is settled, then forget them; `aios effects` shows it."
    raise Conflict(f"{first.key} may be going out right now.", remedy)


def _empty(kernel: Kernel, tx: Connection, scope: Scope, actor: str) -> str:
    """Everything in the database, in the caller's transaction; returns the certificate's id."""
    if kernel.database.is_sqlite:
        tx.exec_driver_sql("PRAGMA secure_delete=ON")
    for decision_id in scope.open_decisions:
        kernel.decisions.void(tx, kernel.decisions.get(tx, decision_id), REASON)
    for case_id in scope.cases:
        kernel.gate.cancel(tx, case_id, REASON)
        kernel.cases.close(tx, case_id, FORGOTTEN, REASON, actor=actor)
    for quarantine_id in scope.quarantined:
        if kernel.quarantine.get(tx, quarantine_id).status == "open":
            kernel.quarantine.resolve(tx, quarantine_id, "discarded", note=REASON, actor=actor)
    stream = f"contact/{scope.person.root}"
    certificate = kernel.log.append(tx, NewEvent(stream, _certificate(scope), actor=actor)).event.id
    for each in scope.events:
        values = {"payload": each.left["payload"], "source_id": each.left["source_id"], "forgotten_by": certificate}
        tx.execute(sa.update(events).where(events.c.position == each.row["position"]).values(values))
    lexical.remove(tx, scope.items)
    for digest in scope.blobs:
        tx.execute(sa.delete(blobs).where(blobs.c.digest == digest))
    for item_id in scope.items:
        tx.execute(sa.delete(memory_uses).where(memory_uses.c.item_id == item_id))
    tx.execute(sa.delete(embeddings))  # a cache, which also holds what was asked for them
    tx.execute(sa.delete(working_contexts))  # another one, with the text of notes and messages
    tx.execute(sa.delete(claims).where(claims.c.failure.is_not(None)))
    return certificate


def _certificate(scope: Scope) -> PersonForgotten:
    return PersonForgotten(
        contact_ids=scope.person.contacts,
        cases=scope.cases,
        items=scope.items,
        events=tuple(_said(dict(each.row), each.left) for each in scope.events),
        blobs=scope.blobs,
        files=scope.files,
        mentions=scope.mentions,
        counts=scope.counts,
    )


def _said(row: dict[str, Any], left: dict[str, Any]) -> ForgottenEvent:
    return ForgottenEvent(position=row["position"], hash=row["hash"], left=event_hash(left))
