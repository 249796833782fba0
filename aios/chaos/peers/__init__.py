"""Peers: services of the owner's own, at which `aios chaos --peer` makes things and counts them."""
