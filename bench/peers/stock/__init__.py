"""The peer: the same chain on Dagster as it comes."""
