"""Seals: what the log held of a day, in one number."""

from aios.events.payload import Payload


class LogSealed(Payload):
    """The events of a day, from `first_position` to `last_position`, have the Merkle root `root`.

    A day without events has `count` 0, and a `last_position` before its `first_position`. `previous_seal` is the
    digest of the seal of the day before, so that no seal can be changed or left out alone.
    """

    type = "log.sealed"
    impersonal = frozenset({"day", "root", "previous_seal"})
    day: str
    first_position: int
    last_position: int
    count: int
    root: str
    previous_seal: str
