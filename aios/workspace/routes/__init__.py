"""The pages, one module each: a route reads its arguments, calls the kernel, and shows the result."""

from collections.abc import Sequence

from fastapi import APIRouter


def routers() -> Sequence[APIRouter]:
    """The routers of all pages."""
    from aios.workspace.routes import (
        billing,
        books,
        cases,
        connectors,
        contacts,
        costs,
        decisions,
        health,
        live,
        memory,
        outbox,
        payments,
        preferences,
        quarantine,
        signin,
        statements,
        today,
    )

    pages = (
        today, decisions, cases, contacts, memory, outbox, connectors, costs, billing, books, statements, payments,
        preferences, quarantine, health, live, signin,
    )  # fmt: skip
    return [module.router for module in pages]
