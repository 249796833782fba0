"""What nobody has rebuilt of Stripe: invoices with lines, links, pauses, kept refusals, events, long lists.

It follows the API's documentation as far as the connector uses it, and counts what it is asked to do.
"""

import itertools
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Thing = dict[str, Any]
Answer = tuple[int, Thing]

ACTIONS: dict[str, Thing] = {
    "finalize": {"status": "open"},
    "void": {"status": "void"},
    "pay": {
        "status": "paid",
        "payments": {"data": [{"payment": {"type": "payment_intent", "payment_intent": "pi_paid"}}]},
    },
}
NEW: dict[str, Thing] = {
    "invoices": {"object": "invoice", "status": "draft"},
    "subscriptions": {"object": "subscription", "status": "active", "pause_collection": None},
    "prices": {"object": "price", "active": True},
    "payment_links": {"object": "payment_link", "active": True, "url": "https://buy.stripe.example/x"},
    "refunds": {"object": "refund", "status": "succeeded"},
}

SELECTS = ("customer", "product", "email", "invoice", "payout")
"""What lists can be narrowed by."""


@dataclass
class Account:
    """The account. `refuse` is what the next requests that change something are answered, and kept under their keys.

    They are not done, except with `late`: then only their answers are lost.
    """

    things: dict[str, dict[str, Thing]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    keys: dict[str, Answer] = field(default_factory=dict)
    refuse: list[Answer | None] = field(default_factory=list)
    late: bool = False
    page: int = 100

    def start(self) -> "Account":
        """Listen on loopback."""
        self._numbers = itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(60)

    @property
    def base(self) -> str:
        """For STRIPE_API_BASE."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, collection: str, **thing: Any) -> Thing:
        """Have something there."""
        thing = {"id": f"{collection[:3]}_{next(self._numbers)}", "metadata": {}, **thing}
        self.things.setdefault(collection, {})[thing["id"]] = thing
        return thing

    def all(self, collection: str) -> list[Thing]:
        """What is there, the newest first."""
        return list(self.things.get(collection, {}).values())[::-1]

    def answer(self, method: str, path: str, form: Thing, key: str) -> tuple[Answer, bool]:
        """What a request is answered, and whether that is a kept answer."""
        if method == "GET":
            return self._get(path, form), False
        if key and key in self.keys:
            return self.keys[key], True
        self.asked.append(f"{method} {path}")
        refusal = self.refuse.pop(0) if self.refuse else None
        done = (200, self._do(method, path, form)) if refusal is None or self.late else refusal
        if key:
            self.keys[key] = done
        return refusal or done, False

    def _get(self, path: str, query: Thing) -> Answer:
        collection, _, thing_id = path.partition("/")
        if thing_id:
            found = self.things.get(collection, {}).get(thing_id)
            return (200, found) if found else (404, {"error": {"code": "resource_missing", "message": "No such thing"}})
        found = [thing for thing in self.all(collection) if _fits(thing, query)]
        after = query.get("starting_after")
        start = next((at + 1 for at, thing in enumerate(found) if thing["id"] == after), 0)
        size = min(self.page, int(query.get("limit", 10)))
        rest = found[start : start + size]
        return 200, {"object": "list", "data": rest, "has_more": start + size < len(found)}

    def _do(self, method: str, path: str, form: Thing) -> Thing:
        collection, _, rest = path.partition("/")
        thing_id, _, action = rest.partition("/")
        if not thing_id:
            thing = self.put(collection, **NEW.get(collection, {}), **_counted(form))
            if collection == "invoiceitems":
                invoice = self.things["invoices"][form["invoice"]]
                invoice["total"] = invoice.get("total", 0) + thing["amount"]
            return thing
        thing = self.things[collection][thing_id]
        if method == "DELETE":
            thing.update({"status": "canceled"} if collection == "subscriptions" else {"deleted": True})
            return thing
        form = {} if action else {name: _value(value) for name, value in form.items()}
        thing.update(ACTIONS.get(action, form))
        return thing


def _fits(thing: Thing, query: Thing) -> bool:
    named = {name: value for name, value in query.items() if name in SELECTS}
    since = int(query.get("created", {}).get("gte", 0))
    return all(thing.get(name) == value for name, value in named.items()) and thing.get("created", since) >= since


def _value(value: Any) -> Any:
    return {"true": True, "false": False, "": None}.get(value, value) if isinstance(value, str) else value


def _counted(form: Thing) -> Thing:
    return form | {name: int(form[name]) for name in ("amount", "unit_amount") if name in form}


def _tree(pairs: list[tuple[str, str]]) -> Thing:
    """`a[b]=c` as `{"a": {"b": "c"}}`."""
    tree: Thing = {}
    for name, value in pairs:
        at, *way = re.findall(r"[^\[\]]+", name)
        below = tree
        for step in way:
            below, at = below.setdefault(at, {}), step
        below[at] = value
    return tree


def _handler(account: Account) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve("GET")

        def do_POST(self) -> None:
            self._serve("POST")

        def do_DELETE(self) -> None:
            self._serve("DELETE")

        def _serve(self, method: str) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = _tree(parse_qsl(url.query if method == "GET" else body, keep_blank_values=True))
            key = self.headers.get("Idempotency-Key", "")
            (status, said), kept = account.answer(method, url.path.removeprefix("/v1/"), form, key)
            data = json.dumps(said).encode()
            self.send_response(status)
            for name, value in (said.get("headers") or {}).items():
                self.send_header(name, value)
            if kept:
                self.send_header("Idempotent-Replayed", "true")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
