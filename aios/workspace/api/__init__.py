"""The JSON API under `/api`, one module per noun."""

from collections.abc import Sequence

from fastapi import APIRouter


def routers() -> Sequence[APIRouter]:
    """The routers of every noun."""
    from aios.workspace.api import (
        cases,
        connectors,
        contacts,
        decisions,
        effects,
        events,
        facts,
        figures,
        finance,
        invoices,
        ledger,
        links,
        memory,
        payments,
        preferences,
        statements,
        webhooks,
    )

    work = (events, webhooks, cases, contacts, decisions, effects, connectors, invoices, ledger, finance, statements)
    return [module.router for module in (*work, payments, facts, memory, preferences, links, figures)]
