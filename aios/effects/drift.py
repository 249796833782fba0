"""Drift: what a connector answered in a shape its contract does not know goes into quarantine, with the differences."""

from aios.connectors.contract import Drifted
from aios.database import blobs
from aios.effects.ledger import Effect
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.ids import canonical_json, new_id
from aios.text import clean

KEEP = "application/json"


def keep(log: EventLog, effect: Effect, drifted: Drifted) -> None:
    """Keep the answer as it came, beside what differs; the same answer to the same effect is kept once."""
    data = canonical_json(drifted.payload).encode("utf-8", "surrogatepass")
    quarantine_id = new_id("q", log.clock.now())
    reason = f"{drifted.message} {'; '.join(drifted.differences)}"
    with log.database.write() as tx:
        blob = blobs.put_bytes(tx, data, KEEP)
        payload = catalog.InputQuarantined(
            quarantine_id=quarantine_id,
            name=clean(f"{drifted.connector} {drifted.operation}: receipt of {effect.key}", 300),
            reason=clean(reason, 500),
            remedy=clean(drifted.remedy, 500),
            blob=blob,
            media_type=KEEP,
            size=len(data),
        )
        source_id = f"drift/{effect.key}/{blob}"
        log.append(
            tx,
            NewEvent(f"quarantine/{quarantine_id}", payload, effect.case_id, source="quarantine", source_id=source_id),
        )
