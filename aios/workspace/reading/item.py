"""One memory item as its page shows it: its versions, why it is believed, what it influenced, what to repair."""

from collections.abc import Sequence
from dataclasses import dataclass

from aios.decisions.shown import Change
from aios.kernel import Kernel
from aios.links.links import Why
from aios.links.repair import Repair
from aios.links.tracing import Influence
from aios.memory.known import Known
from aios.memory.versions import Version
from aios.workspace.reading import contact

CASES = 10
"""Cases that one page of the influence shows."""


@dataclass(frozen=True)
class Revised:
    """A version, and what it changed in the one before."""

    version: Version
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class ItemPage:
    """Everything on the page; `subject` is the contact's name, `repair` is there once it is no longer believed."""

    item: Known
    subject: str
    contact_id: str
    versions: Sequence[Revised]
    why: Why
    influence: Influence
    repair: Repair | None


def read(kernel: Kernel, item_id: str, before: int = 0, after: int = 0) -> ItemPage:
    """The item of that id; versions newest first. Influence goes on `before` a position, repair `after` one."""
    item = kernel.memory.show(item_id)
    with kernel.database.read() as connection:
        names = dict(contact.names(connection, {item.subject}))
    return ItemPage(
        item=item,
        subject=names.get(item.subject, item.subject),
        contact_id=item.subject if item.subject in names else "",
        versions=_revised(kernel.memory.history(item_id)),
        why=kernel.links.why(item_id),
        influence=kernel.links.influence(item_id, limit=CASES, before=before),
        repair=kernel.links.repairs(item_id, after) if item.closed_at else None,
    )


def _revised(versions: Sequence[Version]) -> list[Revised]:
    before = [None, *versions]
    return [Revised(one, _changes(old, one)) for old, one in reversed(list(zip(before, versions, strict=False)))]


def _changes(old: Version | None, new: Version) -> tuple[Change, ...]:
    if old is None:
        return ()
    pairs = (("Title", old.title, new.title), ("Text", old.text, new.text))
    return tuple(Change(field=name, before=was, after=now) for name, was, now in pairs if was != now)
