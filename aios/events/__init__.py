"""The event log: immutable facts in one order, each typed, versioned and chained to the one before."""
