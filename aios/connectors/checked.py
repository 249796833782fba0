"""`Checked`: a connector that is held to its contract on the way out and on the way back."""

from typing import Any

from aios.connectors.base import Connector, Found, Health, LookUp
from aios.connectors.contract import Contract
from aios.settings import Mode


class Checked:
    """Without it, each connector would check requests and receipts in its own way, or not at all."""

    def __init__(self, contract: Contract, connector: Connector) -> None:
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
        return self.contract.require_receipt(operation, self.connector.perform(operation, request, key))

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """Look it up; what is found must have the shape of a receipt."""
        answer = self.connector.look_up(operation, request, key)
        if isinstance(answer, Found):
            self.contract.require_receipt(operation, answer.receipt)
        return answer

    def check(self) -> Health:
        """How the connector inside is."""
        return self.connector.check()
