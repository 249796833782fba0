"""WHAT: one module per process; each step of a process is an asset, each case a partition."""
