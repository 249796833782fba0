"""Connectors: what aios can do and read outside, one folder per kind."""
