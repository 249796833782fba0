"""`Checked`: a connector that is held to its contract on the way out and on the way back."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from aios.connectors.base import Connector, Found, Health, LookUp
from aios.connectors.contract import Contract
from aios.errors import AiosError
from aios.settings import Mode


class Checked:
    """Without it, each connector would check requests and receipts in its own way, or not at all.

    `scrub` takes credentials out of what the outside says: servers like to quote what they refuse.
    """

    def __init__(self, contract: Contract, connector: Connector, scrub: Callable[[str], str] = str) -> None:
        self.scrub = scrub
        self.contract = contract
        self.connector = connector
        self.name = contract.name

    @property
    def mode(self) -> Mode:
        """The mode of the connector inside."""
        return self.connector.mode

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Perform what the contract allows; a receipt of another shape is `Drifted`, which is an unknown outcome."""
        self.contract.parse(operation, request)
        with self._unquoted():
            return self.contract.require_receipt(operation, self.connector.perform(operation, request, key))

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """Look it up; what is found must have the shape of a receipt."""
        with self._unquoted():
            answer = self.connector.look_up(operation, request, key)
            if isinstance(answer, Found):
                self.contract.require_receipt(operation, answer.receipt)
            return answer

    def check(self) -> Health:
        """How the connector inside is."""
        health = self.connector.check()
        return replace(health, detail=self.scrub(health.detail))

    @contextmanager
    def _unquoted(self) -> Generator[None]:
        try:
            yield
        except AiosError as error:
            said = self.scrub(error.message)
            if said != error.message:
                error.message, error.args = said, (said,)
                error.__cause__, error.__suppress_context__ = None, True
            raise
