"""Queries of the pages, one module per page: each reads, shapes, and changes nothing."""
