"""Warm runs: each run is forked from a process that has imported the definitions already.

`launcher` (in the daemon) → `keeper` (one per home, owns the runs) → `template` (imports, forks) → the run's process.
"""
