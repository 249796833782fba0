"""`Api`: Stripe's HTTP API (docs.stripe.com/api), in which a request that changes something is done once per key."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, cast
from urllib.parse import urlencode

from aios.connectors.payments.refusal import refusal_of
from aios.connectors.web import READING, Reply, Web
from aios.errors import OutcomeUnknown, SoftFailure
from aios.ids import digest

VERSION = "2026-10-28.endive"
"""The version of the API that this connector speaks, whatever the account's own is."""

PAGE = 100
MOST_PAGES = 20
"""What lies further back than this in a list is not looked for."""

REPLAYS = 4
"""How often a kept refusal is asked for again under a new key."""

ANY = frozenset(range(300, 600))

Thing = dict[str, Any]
Form = Mapping[str, Any]


class TooMany(Exception):
    """The list is longer than anybody would read; what was looked for may be in it."""


@dataclass
class Api:
    """An account at Stripe."""

    web: Web

    def get(self, path: str, query: Form | None = None) -> Thing | None:
        """The thing at the path; None where there is none."""
        reply = self._call("GET", f"{path}{_query(query or {})}", None, {})
        if reply.status == HTTPStatus.NOT_FOUND:
            return None
        return self._read("GET", self._taken("GET", reply))

    def pages(self, collection: str, query: Form, most: int = MOST_PAGES) -> Iterator[list[Thing]]:
        """What is in a collection, a page at a time; `TooMany` where `most` pages are not all of it."""
        last = ""
        for _ in range(most):
            asked = {**query, "limit": PAGE, **({"starting_after": last} if last else {})}
            page = self.get(collection, asked) or {}
            things = cast(list[Thing], page.get("data") or [])
            yield things
            if not page.get("has_more") or not things:
                return
            last = str(things[-1].get("id"))
        raise TooMany(collection)

    def change(self, method: Literal["POST", "DELETE"], path: str, form: Form, key: str, *, again: bool) -> Thing:
        """What the request made of the thing at the path.

        Stripe keeps what it answered to a key for a day, refusals included. So with `again`, where a look-up has just
        shown that it is not done, an answer that is only a kept refusal is followed by a new question.
        """
        number, last = 0, REPLAYS if again else 0
        while True:
            once = {"Idempotency-Key": f"aios-{digest([key, method, path, form, number])[:40]}"}
            reply = self._call(method, path, urlencode(list(_flat(form))).encode(), once)
            kept = reply.status >= 300 and reply.headers.get("idempotent-replayed") == "true"
            if not kept or number == last:
                return self._read(method, self._taken(method, reply))
            number += 1

    def close(self) -> None:
        """Close the connections."""
        self.web.close()

    def _call(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        return self.web.call(method, path, body=body or None, headers={**kind, **headers}, fine=ANY)

    def _taken(self, method: str, reply: Reply) -> Reply:
        if reply.status < 300:
            return reply
        raise refusal_of(self.web, method, reply)

    def _read(self, method: str, reply: Reply) -> Thing:
        try:
            said: Any = json.loads(reply.body)
        except (ValueError, RecursionError):
            said = None
        if isinstance(said, dict):
            return cast(Thing, said)
        message = f"{self.web.called} answered with something that is no JSON object."
        if method in READING:
            raise SoftFailure(message, f"Check {self.web.setting}.")
        raise OutcomeUnknown(message, f"It is looked up; check {self.web.setting}.")


def open_api(key: str, base: str, timeout: float) -> Api:
    """The account of that secret key."""
    headers = {"Authorization": f"Bearer {key}", "Stripe-Version": VERSION}
    return Api(Web("Stripe", "STRIPE_API_KEY", f"{base.rstrip('/')}/v1/", headers=headers, timeout=timeout))


def _query(query: Form) -> str:
    return f"?{urlencode(list(_flat(query)))}" if query else ""


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """A form as Stripe reads one: `items[0][price]`; nothing as an empty text."""
    if isinstance(value, Mapping):
        for key, each in cast(Mapping[str, Any], value).items():
            yield from _flat(each, f"{name}[{key}]" if name else key)
    elif isinstance(value, list | tuple):
        for number, each in enumerate(cast(list[Any], value)):
            yield from _flat(each, f"{name}[{number}]")
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    else:
        yield name, "" if value is None else str(value)
