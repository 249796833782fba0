"""Every peer there is, by its connector."""

from aios.chaos.peers.dav import BOOK_PEER, CALENDAR_PEER
from aios.chaos.peers.mail import MAIL_PEER
from aios.chaos.peers.payments import PAYMENTS_PEER
from aios.chaos.peers.peer import Peer
from aios.errors import NotFound

PEERS = {peer.connector: peer for peer in (MAIL_PEER, CALENDAR_PEER, BOOK_PEER, PAYMENTS_PEER)}
"""What can be tried at a service of the owner's own. What is public, or moves money, is not tried."""


def peer_of(connector: str) -> Peer:
    """The peer of that connector; `NotFound` where there is none."""
    if connector not in PEERS:
        raise NotFound(f"{connector[:40]!r} cannot be tried at a service.", f"These can: {', '.join(PEERS)}.")
    return PEERS[connector]
