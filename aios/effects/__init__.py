"""Effects: every operation on the outside world, from proposal to receipt, at most once per key."""
