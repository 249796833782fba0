"""Payments as a peer: customers in Stripe's test mode, counted by their marks."""

from typing import Any
from urllib.parse import urlsplit

from aios.chaos.peers.peer import HTTP_ANSWERS, Peer, Requests, web_upstream
from aios.chaos.upstream import Upstream
from aios.connectors.payments.api import open_api
from aios.connectors.payments.order import MARK
from aios.connectors.payments.request import mark_of
from aios.connectors.payments.stripe import KEY, base_of
from aios.credentials.account import Account
from aios.credentials.credentials import Credentials
from aios.errors import Misconfigured
from aios.settings import Settings


def _request(_settings: Settings, word: str, number: int) -> dict[str, Any]:
    return {"name": f"Chaos {word} {number}", "email": f"chaos.{word}.{number}@example.com"}


def _upstream(settings: Settings) -> Upstream:
    if "_test_" not in Credentials(settings).require(KEY).get_secret_value():
        raise Misconfigured("STRIPE_API_KEY is no key of Stripe's test mode.", "Set one that begins with sk_test_.")
    parts = urlsplit(base_of(settings))
    return web_upstream(Account(parts.scheme, parts.hostname or "", parts.port or 0, parts.path))


def _through(settings: Settings, port: int) -> dict[str, Any]:
    return {"stripe_api_base": f"http://127.0.0.1:{port}{urlsplit(base_of(settings)).path}"}


def _counts(settings: Settings, asked: Requests) -> dict[str, int]:
    key = Credentials(settings).require(KEY).get_secret_value()
    api = open_api(key, base_of(settings), settings.aios_connector_timeout)
    found: dict[str, int] = {}
    try:
        for each, request in asked.items():
            pages = api.pages("customers", {"email": request["email"]})
            found[each] = sum(thing["metadata"].get(MARK) == mark_of(each) for page in pages for thing in page)
    finally:
        api.close()
    return found


PAYMENTS_PEER = Peer(
    connector="payments",
    operation="create_customer",
    request=_request,
    marker=b"/customers HTTP",
    answers=HTTP_ANSWERS,
    upstream=_upstream,
    through=_through,
    counts=_counts,
)
