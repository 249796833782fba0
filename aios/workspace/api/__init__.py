"""The JSON API under `/api`, one module per noun."""

from collections.abc import Sequence

from fastapi import APIRouter


def routers() -> Sequence[APIRouter]:
    """The routers of every noun."""
    from aios.workspace.api import cases, contacts, decisions, effects, events, figures, links, memory, webhooks

    return [module.router for module in (events, webhooks, cases, contacts, decisions, effects, memory, links, figures)]
