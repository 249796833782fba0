"""Portability: a home as one file of open formats, and a home made from such a file. docs/export-format.md has both."""
