"""Chaos: what goes wrong outside and inside, on purpose, in a home that is thrown away; and what came of it."""
