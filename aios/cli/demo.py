"""The demo: the example inbox, fed into a running aios, and what becomes of it."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from aios.cli.home import checkout_file
from aios.errors import Misconfigured
from aios.events.catalog import InputRepeated
from aios.events.event import Event
from aios.kernel import Kernel, open_kernel
from aios.settings import Settings

LOOK_EVERY = 1.0
FED = ("examples/inbox", "examples/invoices", "examples/outgoing")
OVERDUE, OVERDUE_FOR = "examples/overdue", 10
"""Invoices of our own that are issued at once, and for how many days they are overdue then."""


@dataclass(frozen=True)
class Picture:
    """What the workspace holds at one moment. `unread` are files still in the inbox."""

    unread: int
    working: int
    failed: int
    decisions: int
    quarantined: int
    repeated: int
    ended: Counter[str]

    @property
    def settled(self) -> bool:
        """Whether everything has its place: decided, ended, or waiting for the owner."""
        return self.unread == 0 and self.working == 0

    def __str__(self) -> str:
        ended = [f"{number} closed as {outcome}" for outcome, number in sorted(self.ended.items())]
        parts = [
            f"{self.unread} unread" if self.unread else "",
            f"{self.working} being worked on" if self.working else "",
            f"{self.failed} failed" if self.failed else "",
            f"{self.decisions} decisions wait for you",
            *ended,
            f"{self.repeated} recognised as duplicates" if self.repeated else "",
            f"{self.quarantined} in quarantine" if self.quarantined else "",
        ]
        return " · ".join(part for part in parts if part)


def follow(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Feed the examples, then say what becomes of them until everything has its place; one look per step."""
    inbox = settings.home / "inbox"
    files = [file for name in FED for file in feed(checkout_file(name), inbox)]
    began = time.monotonic()
    say(f"Fed {len(files)} files from {' and '.join(FED)}. What becomes of them:")
    kernel = open_kernel(settings)
    try:
        for line in owe(kernel, checkout_file(OVERDUE)):
            say(line)
        yield from _watch(kernel, inbox, say, began)
    finally:
        kernel.close()
    took = time.monotonic() - began
    say(f"Everything has its place after {took:.0f} s. Decide in {settings.workspace_url}/decisions")


def _watch(kernel: Kernel, inbox: Path, say: Callable[[str], None], began: float) -> Iterator[None]:
    shown, settled_looks, next_look = "", 0, began
    while settled_looks < 3:  # three in a row: a file just taken in has no case yet
        yield
        if time.monotonic() < next_look:
            continue
        next_look = time.monotonic() + LOOK_EVERY
        picture = look(kernel, inbox)
        settled_looks = settled_looks + 1 if picture.settled else 0
        if str(picture) != shown:
            shown = str(picture)
            say(f"  {time.monotonic() - began:4.0f} s  {shown}")


def look(kernel: Kernel, inbox: Path) -> Picture:
    """The picture now."""
    with kernel.database.read() as connection:
        counts = kernel.cases.counts(connection)
        closed = kernel.cases.list(connection, status="closed", limit=1000)
        received = kernel.log.read(connection, types=("message.received", "input.repeated"))
        return Picture(
            unread=len(_files(inbox)),
            working=counts.get("open", 0),
            failed=counts.get("failed", 0),
            decisions=len(kernel.decisions.list(connection, status="open")),
            quarantined=kernel.quarantine.count(connection),
            repeated=sum(_is_repeat(event) for event in received),
            ended=Counter(case.outcome for case in closed),
        )


def _is_repeat(event: Event) -> bool:
    return isinstance(event.payload, InputRepeated) or "duplicate" in getattr(event.payload, "flags", ())


def owe(kernel: Kernel, folder: Path) -> Iterator[str]:
    """Issue each draft of the folder so long ago that it is overdue by now, once in a home; says what it did."""
    from aios.invoices.draft import read_draft
    from aios.invoices.seller import payments_of, seller_of

    for file in _files(folder):
        draft, key = read_draft(file.read_bytes()), f"demo/{file.stem}"
        on = kernel.clock.now().date() - timedelta(days=draft.due_days + OVERDUE_FOR)
        try:
            invoice = draft.invoice(seller_of(kernel.settings), payments_of(kernel.settings), on)
        except Misconfigured as error:
            yield f"No overdue invoice is shown: {error}"
            return
        issued = kernel.billing.issued.issue(invoice, key, on)
        yield f"Invoice {issued.name} to {issued.customer} was due on {issued.due}; nobody has paid it."


def feed(source: Path, inbox: Path) -> list[Path]:
    """Copy each example into the inbox, under an unfinished name first, so that nothing half-written is picked up."""
    copied: list[Path] = []
    for file in _files(source):
        draft = inbox / f".{file.name}.part"
        shutil.copyfile(file, draft)
        copied.append(draft.rename(inbox / file.name))
    return copied


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
