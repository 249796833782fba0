"""What comes after the database: files, days of the episodic log, vectors and free pages, until nothing is left.

Each part can be done again; the event `forgetting.finished` is added when all are done. Until then, `aios doctor` says
so, and `aios up`, the nightly hygiene, the next forgetting, or the same one called again goes on.
"""

from datetime import date

from sqlalchemy.engine import Connection

from aios.errors import AiosError
from aios.events.catalog import ForgettingFinished, PersonForgotten
from aios.events.episodes import Episodes
from aios.events.event import Event, NewEvent
from aios.events.log import EventLog
from aios.faults import reach
from aios.forgetting import files
from aios.kernel import Kernel
from aios.memory.tables import LEXICAL_TABLES

OTHER_TABLES = (
    *("events", "blobs", "embeddings", "memory_uses", "model_claims", "working_contexts"),
    *(each.name for each in LEXICAL_TABLES),
)


def unfinished(log: EventLog, connection: Connection) -> list[Event]:
    """The certificates whose work has not come to its end."""
    types = (PersonForgotten.type, ForgettingFinished.type)
    open_: dict[str, Event] = {}
    after = 0
    while page := log.read(connection, after=after, types=types):
        for event in page:
            match event.payload:
                case ForgettingFinished() as finished:
                    open_.pop(finished.certificate, None)
                case _:
                    open_[event.id] = event
        after = page[-1].position
    return list(open_.values())


def unfinished_of(log: EventLog, connection: Connection, contact_id: str) -> str:
    """The certificate of a contact whose work has not come to its end; empty where there is none."""
    begun = (event for event in unfinished(log, connection) if isinstance(event.payload, PersonForgotten))
    return next((event.id for event in begun if contact_id in event.payload.contact_ids), "")  # pyright: ignore


def finish(kernel: Kernel) -> str:
    """Finish what was begun; returns why something is not finished, with the remedy, or nothing."""
    with kernel.database.read() as connection:
        certificates = unfinished(kernel.log, connection)
    if not certificates:
        return ""
    try:
        for certificate in certificates:
            _clear_files(kernel, certificate)
        reach("files removed")
        kernel.memory.vectors.take_out()
        _write_anew(kernel)
    except AiosError as error:
        return f"Not everything is removed yet. {error}"
    for certificate in certificates:
        done = ForgettingFinished(certificate=certificate.id)
        kernel.log.record(NewEvent(certificate.stream, done, source="forgetting", source_id=certificate.id))
    return ""


def _clear_files(kernel: Kernel, certificate: Event) -> None:
    said = certificate.payload
    if not isinstance(said, PersonForgotten):
        return
    files.remove(kernel.settings.home, frozenset(said.files))
    files.remove_figures(kernel.settings.home)
    episodes = Episodes(kernel.log, kernel.settings.home)
    with kernel.database.read() as connection:
        seals = episodes.seals.all(connection)
    positions = [event.position for event in said.events]
    for seal in seals:
        day = date.fromisoformat(seal.day)
        if episodes.path(day).exists() and any(seal.first <= at <= seal.last for at in positions):
            episodes.write(day)


def _write_anew(kernel: Kernel) -> None:
    tables = [table.name for projection in kernel.log.projections for table in projection.tables]
    kernel.database.write_anew(sorted({*tables, *OTHER_TABLES}))
