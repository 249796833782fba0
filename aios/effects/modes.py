"""Modes: whether a connector acts outside or captures in the sandbox, as the owner has switched it."""

from collections.abc import Iterable

from sqlalchemy.engine import Connection

from aios.events.catalog import ConnectorSwitched
from aios.events.log import EventLog
from aios.settings import Mode

MODE_CHANGED = "its connector was switched to another mode since this was proposed"
"""Why an effect was withdrawn by the switch; it may be proposed anew, and then the owner is asked."""


class Modes:
    """The mode of each connector: what the owner last switched it to, or else what `AIOS_MODE` says."""

    def __init__(self, log: EventLog, default: Mode) -> None:
        self.log = log
        self.default: Mode = default

    def current(self, connection: Connection, connector: str) -> Mode:
        """The mode that holds for what is proposed now."""
        switched = self.switched(connection, connector)
        return switched.mode if switched else self.default

    def live(self, connection: Connection, connectors: Iterable[str]) -> tuple[str, ...]:
        """Those of the connectors that act outside."""
        return tuple(name for name in connectors if self.current(connection, name) == "live")

    def switched(self, connection: Connection, connector: str) -> ConnectorSwitched | None:
        """The owner's last switch, if there was one."""
        found = self.log.read(
            connection, stream=stream_of(connector), types=(ConnectorSwitched.type,), limit=1, newest_first=True
        )
        return found[0].payload if found and isinstance(found[0].payload, ConnectorSwitched) else None


def stream_of(connector: str) -> str:
    """The stream of what the owner does with a connector."""
    return f"connector/{connector}"
