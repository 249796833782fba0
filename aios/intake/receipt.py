"""What intake answers for each thing that came in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Receipt:
    """Where it is now: in the log under `event_id`, in a case, or in the quarantine with the reason.

    `duplicate` says that it was known: the same thing again (the first event's ids come back), or the same words
    from the same sender by another way (kept in the case they belong to, which does not start again).
    """

    event_id: str
    position: int
    case_id: str | None = None
    duplicate: bool = False
    quarantined: bool = False
    reason: str = ""
    remedy: str = ""
    name: str = ""
