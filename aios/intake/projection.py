"""How events change the quarantine, the threads and the known messages."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.upsert import insert_missing, insert_or_renew
from aios.events import catalog
from aios.events.event import Event
from aios.intake.fingerprint import fingerprint
from aios.intake.tables import known_messages, mail_threads, quarantine


class QuarantineProjection:
    """What could not be taken in, and what the owner did about it."""

    tables = (quarantine,)

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the quarantine up to date with one event."""
        match event.payload:
            case catalog.InputQuarantined() as said:
                row = said.model_dump(exclude={"quarantine_id"})
                row |= {"id": said.quarantine_id, "status": "open", "note": "", "event_id": event.id, "at": event.at}
                tx.execute(sa.insert(quarantine).values(**row))
            case catalog.QuarantineResolved() as said:
                update = sa.update(quarantine).where(quarantine.c.id == said.quarantine_id)
                tx.execute(update.values(status=said.outcome, note=said.note, resolved_at=event.at))
            case _:
                pass


class ThreadProjection:
    """Which case each mail belongs to, the ones that came in and the ones that went out, by message id."""

    tables = (mail_threads, known_messages)

    def apply(self, tx: Connection, event: Event) -> None:
        """Remember the message of the event, if it has one; the first case of a message id keeps it."""
        if event.case_id is None:
            return
        match event.payload:
            case catalog.LeadReceived() | catalog.MessageReceived() as message:
                if not event.forgotten_by:
                    self._thread(tx, event, message.message_id, "in")
                    self._known(tx, event, fingerprint(message))
            case catalog.EffectSucceeded() | catalog.EffectCaptured() as done:
                self._thread(tx, event, str(done.receipt.get("message_id", "")), "out")
            case _:
                pass

    def _thread(self, tx: Connection, event: Event, message_id: str, direction: str) -> None:
        if message_id:
            row = {"message_id": message_id[:500], "case_id": event.case_id, "event_id": event.id}
            insert_missing(tx, mail_threads, {**row, "direction": direction})

    def _known(self, tx: Connection, event: Event, mark: str) -> None:
        """Keep the newest message of a fingerprint that opened a case."""
        if mark and isinstance(event.payload, catalog.LeadReceived):
            row = {"fingerprint": mark, "case_id": event.case_id, "event_id": event.id, "at": event.at}
            tx.execute(insert_or_renew(tx, known_messages), row)
