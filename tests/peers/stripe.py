"""Stripe as others have rebuilt it: npm `stripe-stateful-mock`, which knows idempotency keys; PyPI `localstripe`."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.peers.npm import NpmMissing, installed
from tests.ports import free_port, listening
from tests.waiting import until

KEY = "sk_test_of_nobody_at_all"

_NODE = """
const {{createExpressApp}} = require({module!r});
createExpressApp().listen({port}, "127.0.0.1");
"""
_PYTHON = """
from aiohttp import web
from localstripe.server import app, store
store.dump_to_disk = lambda: None
web.run_app(app, host="127.0.0.1", port={port}, print=None, access_log=None)
"""


class StripeMissing(Exception):
    """There is no such server to start here; the message says why."""


@dataclass
class StripePeer:
    """A running server. Its own commands would bind every interface; so its application is served on loopback."""

    command: Callable[[int], list[str]]

    def start(self) -> "StripePeer":
        """Listen on a free port of loopback."""
        self.port = free_port()
        self._process = subprocess.Popen(
            self.command(self.port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        until(lambda: listening(self.port), what="the Stripe peer")
        return self

    def stop(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(60)

    def make(self, collection: str, **form: Any) -> dict[str, Any]:
        """Make something there, as a customer or the owner would."""
        return self._asked("POST", collection, data=form)

    def list(self, collection: str, **query: Any) -> list[dict[str, Any]]:
        """What is there."""
        return self._asked("GET", collection, params={"limit": 1000, **query})["data"]

    def _asked(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.port}/v1/{path}"
        answer = httpx.request(method, url, auth=(KEY, ""), trust_env=False, timeout=60, **more)
        assert answer.is_success, answer.text
        return answer.json()


def start_stateful() -> StripePeer:
    """`stripe-stateful-mock`: charges, refunds, customers, products, prices; idempotency keys as Stripe keeps them."""
    try:
        module = installed("stripe-stateful-mock")
    except NpmMissing as missing:
        raise StripeMissing(f"stripe-stateful-mock: {missing}") from None
    return StripePeer(lambda port: ["node", "-e", _NODE.format(module=str(module), port=port)]).start()


def start_localstripe() -> StripePeer:
    """`localstripe`: customers, payments, refunds, subscriptions, events and webhooks; no idempotency keys."""
    if importlib.util.find_spec("localstripe") is None:
        raise StripeMissing("localstripe is not installed; `make install-dev` does it")
    return StripePeer(lambda port: [sys.executable, "-c", _PYTHON.format(port=port)]).start()
