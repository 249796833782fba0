"""Play scenarios at a service of the owner's own: make things there while a proxy breaks the way, count, take away."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from aios.chaos import haste
from aios.chaos.peer_stage import PATIENCE, PeerStage
from aios.chaos.peers.known import peer_of
from aios.chaos.peers.peer import Peer
from aios.chaos.play import play_one
from aios.chaos.proxy import DRIPS, Proxy
from aios.chaos.scenario import Outcome, Scenario
from aios.settings import Settings

BREAKS = {"lost": "lost", "reset": "reset", "silent": "black hole", "drip": "drip"}
"""What the proxy does for a fault that breaks the connection; any other is an answer."""


def play_at_peer(
    given: Settings, scenarios: Sequence[Scenario], connector: str, operations: int, say: Callable[[str], None]
) -> Iterator[Outcome]:
    """Play each scenario; what was made is taken away after it, and what stays is said.

    Raises `Misconfigured` or `CredentialMissing` before anything is made where the service is not set up for it.
    """
    peer = peer_of(connector)
    peer.upstream(given)
    for scenario in scenarios:
        folder = Path(tempfile.mkdtemp(prefix="aios-chaos-"))
        try:
            yield _play(given, scenario, peer, operations, folder, say)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _play(
    given: Settings, scenario: Scenario, peer: Peer, operations: int, folder: Path, say: Callable[[str], None]
) -> Outcome:
    proxy = Proxy(peer.upstream(given), peer.marker).start()
    stage = PeerStage(folder, haste.start(), scenario, peer.connector, given, proxy.port, secrets.token_hex(4))
    proxy.on_strike = lambda: stage.tally.note("fault", "", stage.clock)
    proxy.gap = min(given.aios_connector_timeout, PATIENCE) / DRIPS * 1.5  # in all longer than the connector waits
    try:
        _arm(proxy, scenario, peer)
        outcome = play_one(stage, operations, proxy.struck)
        proxy.disarm()
        if left := stage.take_away():
            say(left)
        return outcome
    finally:
        proxy.stop()


def _arm(proxy: Proxy, scenario: Scenario, peer: Peer) -> None:
    if scenario.fault in BREAKS:
        proxy.arm(BREAKS[scenario.fault], scenario.every)
    elif scenario.fault:
        proxy.answer(peer.answers[scenario.fault], scenario.every)
