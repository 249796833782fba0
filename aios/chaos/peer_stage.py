"""`PeerStage`: a scenario at a service of the owner's own, with a proxy on the way there that fails as it says."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from aios.chaos.home import MOST_WAIT, Stage
from aios.chaos.outside import Watched
from aios.chaos.peers.known import peer_of
from aios.connectors.base import Connector
from aios.effects.ledger import Effect
from aios.errors import AiosError, Blocked, SoftFailure
from aios.kernel import Kernel
from aios.settings import Mode, Settings

PATIENCE = 5.0
"""Seconds that the service may take at most for an answer here, so that silence does not cost half a minute each."""

UNDO_TRIES = 40


@dataclass(frozen=True)
class PeerStage(Stage):
    """`given` are the owner's own settings, `port` is the proxy's.

    `word` is in every key, so that nothing of an earlier time is found again.
    """

    given: Settings
    port: int
    word: str

    in_a_case: ClassVar[int] = 1
    mode: ClassVar[Mode] = "live"

    def settings(self) -> Settings:
        """The owner's, led to the proxy, in a home of their own."""
        own = {
            "aios_home": self.home,
            "aios_database_url": None,
            "aios_mode": "live",
            "aios_embeddings": "lexical",
            "aios_claim_seconds": MOST_WAIT * 24,
            "aios_undo_seconds": None,
            "aios_credentials": self.given.credentials_file,
            "aios_connector_timeout": min(self.given.aios_connector_timeout, PATIENCE),
        }
        through = peer_of(self.connector).through(self.given, self.port)
        return Settings.model_validate({**self.given.model_dump(), **own, **through})

    def outside(self, kernel: Kernel) -> Connector:
        """The connector as it is."""
        return Watched(kernel.connectors[self.connector, "live"], self.tally, self.clock)

    def asked(self, number: int) -> tuple[str, dict[str, Any]]:
        """Something that is of no use to anybody."""
        peer = peer_of(self.connector)
        return peer.operation, peer.request(self.given, self.word, number)

    def key(self, operation: str, case_id: str, number: int) -> str:
        """A key that was never used at the service."""
        return f"{self.connector}.{operation}/{case_id}/{self.word}/{number}"

    def counts(self, kernel: Kernel, effects: Sequence[Effect], asked: Mapping[str, Any]) -> dict[str, int]:
        """What the service itself has, asked past the proxy."""
        return peer_of(self.connector).counts(self.given, asked)

    def take_away(self) -> str:
        """Roll every case back, as a person would; what stays there, in words."""
        if peer_of(self.connector).leaves:
            return peer_of(self.connector).leaves
        kernel, _ = self.open()
        try:
            with kernel.database.read() as connection:
                cases = [case.id for case in kernel.cases.list(connection, limit=1000)]
            left = [case_id for case_id in cases if not self._is_rolled_back(kernel, case_id)]
        finally:
            kernel.close()
        return f"{len(left)} things named Chaos {self.word} stay; delete them by hand." if left else ""

    def _is_rolled_back(self, kernel: Kernel, case_id: str) -> bool:
        try:
            kernel.rollback.start(case_id, "chaos")
        except AiosError:
            return False
        for _ in range(UNDO_TRIES):
            try:
                kernel.rollback.go_on(case_id)
            except (SoftFailure, Blocked):
                time.sleep(PATIENCE / UNDO_TRIES)
            except AiosError:
                return False
            else:
                with kernel.database.read() as connection:
                    return kernel.cases.get(connection, case_id).outcome == "rolled_back"
        return False
