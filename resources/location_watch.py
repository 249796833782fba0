"""How often Dagster's daemon and web server look whether the code server has been started again."""

from dagster._grpc import server_watcher

EVERY = 5
"""Seconds between two looks; Dagster's one second is most of what the three of them cost at rest.

A tick does not wait for it: it speaks to whatever server is there. What it delays is the picture that the pages have.
"""


def look_seldom() -> None:
    """Set the pace of this process, which Dagster takes from a constant when it begins to watch."""
    server_watcher.WATCH_INTERVAL = EVERY
