"""`StripePayments`: the owner's account at Stripe, in which what an effect made carries the effect's mark."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

from aios.clock import Clock
from aios.connectors.base import Absent, CannotTell, Found, Health, LookUp
from aios.connectors.payments.api import PAGE, Api, Thing, TooMany, open_api
from aios.connectors.payments.order import LINE, Change, Make, holds, is_marked, order_of
from aios.connectors.payments.payout import PaidOut, paid_out
from aios.connectors.payments.request import mark_of, parse, part_of, receipt_of, status_of
from aios.credentials.credentials import Credentials
from aios.errors import AiosError, BusinessFailure, HardFailure
from aios.settings import Settings

KEY = "STRIPE_API_KEY"
BASE = "https://api.stripe.com"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LOOK = "Look at it in Stripe."


class StripePayments:
    """Payments that are real, with a live key.

    Stripe forgets idempotency keys after some time. So it is looked first, also before a first try: what carries the
    mark is there already, and only what is missing of it is made.
    """

    name = "payments"
    mode: Literal["sandbox", "live"] = "live"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.credentials = Credentials(settings)
        self.clock = clock

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Do it, or what is missing of it."""
        order = order_of(parse(operation, request), mark_of(key))
        with self._api() as api:
            return _change(api, order, key) if isinstance(order, Change) else _make(api, order, key)

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """The mark is proof, and so is the state that was asked for."""
        order = order_of(parse(operation, request), mark_of(key))
        with self._api() as api:
            return _changed(api, order) if isinstance(order, Change) else _made(api, order, mark_of(key))

    def check(self) -> Health:
        """Asks for one customer, which every key that is of use may do."""
        if not self.credentials.has(KEY):
            return Health(self.name, "off", "There is no account at Stripe.", "Set STRIPE_API_KEY.")
        try:
            with self._api() as api:
                api.get("customers", {"limit": 1})
        except AiosError as error:
            return Health(self.name, "down", error.message, error.remedy)
        test = "_test_" in self.credentials.require(KEY).get_secret_value()
        return Health(self.name, "ok", "live, with a key of Stripe's test mode" if test else "live: money moves")

    def events(self, since: int, after: str = "") -> tuple[list[Thing], bool]:
        """What has happened in the account since then (seconds since 1970), and whether there is more.

        Stripe lists the newest first and keeps thirty days; `after` is the id of the last one that was read.
        """
        further = {"starting_after": after} if after else {}
        with self._api() as api:
            page = api.get("events", {"created": {"gte": since}, "limit": PAGE, **further}) or {}
        return page.get("data") or [], bool(page.get("has_more"))

    def paid_out(self, payout: str) -> tuple[PaidOut, ...]:
        """What the payout is made of; nothing where it is more than anybody would read."""
        query = {"payout": payout, "expand": ["data.source"]}
        try:
            with self._api() as api:
                return paid_out([each for page in api.pages("balance_transactions", query) for each in page])
        except TooMany:
            return ()

    @contextmanager
    def _api(self) -> Generator[Api]:
        """The account, with connections of this call's own: several threads share the connector."""
        key = self.credentials.require(KEY).get_secret_value()
        api = open_api(key, base_of(self.settings), self.settings.aios_connector_timeout)
        try:
            yield api
        finally:
            api.close()


def base_of(settings: Settings) -> str:
    """Where the API is; a secret key goes nowhere in clear text, except on this machine."""
    base = settings.stripe_api_base or BASE
    parts = urlsplit(base)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not safe or not parts.hostname:
        raise HardFailure("STRIPE_API_BASE would carry the key in clear text.", "Give it an https:// address.")
    return base


def _line(item: Mapping[str, Any]) -> str:
    return str(part_of(item, "metadata").get(LINE, ""))


def _is_gone(order: Change) -> bool:
    """Whether not being there is what was asked for."""
    return order.method == "DELETE"


def _gone(order: Change) -> Thing:
    return {"id": order.id, "deleted": True}


def _make(api: Api, order: Make, key: str) -> dict[str, Any]:
    try:
        there, again = _find(api, order, mark_of(key)), True
    except TooMany:
        there, again = None, False
    made = there or api.change("POST", order.collection, order.form, key, again=again)
    return receipt_of(_finished(api, order, made, key))


def _made(api: Api, order: Make, mark: str) -> LookUp:
    try:
        there = _find(api, order, mark)
    except TooMany:
        return CannotTell(f"there are too many {order.collection} to look through")
    if there is None or (order.lines and there.get("status") == "draft"):
        return Absent(f"no whole one among the {order.collection} that this effect has made")
    return Found(receipt_of(there))


def _find(api: Api, order: Make, mark: str) -> Thing | None:
    if order.id:
        return api.get(f"{order.collection}/{order.id}")
    for page in api.pages(order.collection, order.narrow):
        for thing in page:
            if is_marked(thing, mark):
                return thing
    return None


def _finished(api: Api, order: Make, made: Thing, key: str) -> Thing:
    """The invoice with the lines that it lacks, opened; anything else as it is."""
    if not order.lines or made.get("status") != "draft":
        return made
    invoice = str(made["id"])
    there = {_line(item) for page in api.pages("invoiceitems", {"invoice": invoice}) for item in page}
    for line in order.lines:
        if _line(line) not in there:
            api.change("POST", "invoiceitems", {**line, "invoice": invoice}, key, again=True)
    return api.change("POST", f"invoices/{invoice}/finalize", {"auto_advance": False}, key, again=True)


def _change(api: Api, order: Change, key: str) -> dict[str, Any]:
    there = _there(api, order)
    if there is None and not _is_gone(order):
        raise HardFailure(f"Stripe has no {order.id} among its {order.collection}.", "Propose it for another one.")
    if there is None or holds(there, order.sets):
        return receipt_of(there or _gone(order), before=status_of(there or _gone(order)))
    _must_be_allowed(api, order, there)
    after = api.change(order.method, f"{order.path}{order.action}", order.form, key, again=True)
    return receipt_of(after, before=status_of(there))


def _changed(api: Api, order: Change) -> LookUp:
    there = _there(api, order)
    done = _is_gone(order) if there is None else holds(there, order.sets)
    return Found(receipt_of(there or _gone(order))) if done else Absent("it is not in that state")


def _there(api: Api, order: Change) -> Thing | None:
    return api.get(order.path, {"expand": order.form["expand"]} if "expand" in order.form else None)


def _must_be_allowed(api: Api, order: Change, there: Thing) -> None:
    if (status := status_of(there)) in order.unless:
        raise BusinessFailure(order.unless[status], LOOK)
    if order.empty and any(page for page in api.pages(order.empty, {"customer": order.id}, most=1)):
        raise BusinessFailure(f"There are {order.empty} of {order.id}; they would end with it.", LOOK)
