"""`Subject`: a connector under the contract suite, with the outside that counts what it was asked to do."""

from pathlib import Path
from typing import Any, Protocol

from aios.chaos.proxy import Proxy
from aios.chaos.upstream import Upstream
from aios.clock import Clock
from aios.connectors.base import Carrier, Connector
from aios.connectors.checked import Checked
from aios.connectors.contract import Contract
from aios.connectors.registry import CONTRACTS
from aios.ids import digest_bytes
from aios.settings import Mode, Settings

FILE = b"%PDF-1.7 an invoice\r\n.\r\n\x00\xff"
"""What the files of a request hold; it looks like the end of a mail, too."""

ANSWERS = ("busy", "broken", "refused")
"""What a peer can be told to answer next: not now (429, 451), an error of its own (500), or no (400, 550)."""


class Subject(Protocol):
    """One operation of one connector.

    `marker` is what the client says on the wire when the operation is under way; it is empty where nothing goes over
    the network. A subject whose outside knows only some of the `ANSWERS` names them in `answers`.
    """

    connector: str
    mode: Mode
    operation: str
    request: dict[str, Any]
    marker: bytes

    def start(self, home: Path) -> None:
        """Start the outside; `pytest.skip` with the reason where it cannot be."""
        ...

    def stop(self) -> None:
        """End it."""
        ...

    def port(self) -> int | None:
        """Where it listens; None where nothing goes over the network."""
        ...

    def settings(self, port: int | None) -> dict[str, Any]:
        """The settings with which the connector reaches it on that port."""
        ...

    def count(self, key: str) -> int:
        """How many operations of that key the outside has done."""
        ...

    def answer(self, answer: str) -> bool:
        """Answer so the next time, without doing it; False where the protocol has no such answer."""
        ...


class Stage:
    """A subject that is ready: the proxy before it, the settings that lead there, the store that knows of it."""

    def __init__(self, subject: Subject, home: Path, store: str) -> None:
        self.subject, self.store = subject, store
        subject.start(home)
        port = subject.port()
        self.proxy = Proxy(Upstream("127.0.0.1", port), subject.marker).start() if port else None
        more = subject.settings(self.proxy.port if self.proxy else None)
        self.settings = {
            "aios_home": home,
            "aios_mode": subject.mode,
            "aios_owner_email": "lena@nordlicht.example",
            "aios_connector_timeout": 30.0,
            **more,
        }

    def close(self) -> None:
        """End what was started."""
        if self.proxy:
            self.proxy.stop()
        self.subject.stop()


def contract_of(name: str) -> Contract:
    """The contract of that connector."""
    return next(contract for contract in CONTRACTS if contract.name == name)


def build(name: str, settings: dict[str, Any], clock: Clock) -> Connector:
    """The connector as the kernel would build it."""
    contract, given = contract_of(name), Settings(**settings)
    make = contract.live if given.aios_mode == "live" else contract.sandbox
    made = make(given, clock)
    if isinstance(made, Carrier):
        made.contents = {digest_bytes(FILE): FILE}.__getitem__
    return Checked(contract, made)
