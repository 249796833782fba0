"""`Finding`: one thing about the log that is not as it was written, and which event it is about."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["changed", "removed", "added", "reordered", "seal", "file"]


@dataclass(frozen=True)
class Finding:
    """What was done, and where. `position` is where the event stood, or stands if it was added.

    `day` is the sealed day it belongs to, empty where it is not sealed yet. `differs` names the fields that are not
    what they were, such as `payload.text`; it is empty where nothing is left to compare with.
    """

    kind: Kind
    position: int
    problem: str
    day: str = ""
    event_id: str = ""
    event_type: str = ""
    differs: tuple[str, ...] = ()
