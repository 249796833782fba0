"""The Merkle root over hashes: the tree of RFC 6962 (Certificate Transparency), section 2.1."""

import hashlib
from collections.abc import Sequence


def merkle_root(hashes: Sequence[str]) -> str:
    """The root over hex digests in their order; of none, the hash of nothing.

    Leaves and inner nodes are marked apart, so that no list of hashes passes for another one.
    """
    if not hashes:
        return hashlib.sha256(b"").hexdigest()
    level = [hashlib.sha256(b"\x00" + bytes.fromhex(each)).digest() for each in hashes]
    while len(level) > 1:
        alone = [level[-1]] if len(level) % 2 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs] + alone
    return level[0].hex()
