"""`Registry`: the connectors of this installation, each by its contract, in the modes that the settings allow."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from aios.clock import Clock
from aios.connectors.base import Connector
from aios.connectors.calendar.contract import CALENDAR
from aios.connectors.checked import Checked
from aios.connectors.contract import Contract
from aios.connectors.mail.contract import MAIL
from aios.connectors.payments.contract import PAYMENTS
from aios.connectors.site.contract import SITE
from aios.connectors.webhooks.contract import WEBHOOKS
from aios.connectors.wordpress.contract import WORDPRESS
from aios.errors import Misconfigured, NotFound
from aios.settings import NOBODY, Mode, Settings
from aios.traffic.rates import Rate

CONTRACTS: tuple[Contract, ...] = (MAIL, CALENDAR, PAYMENTS, SITE, WORDPRESS, WEBHOOKS)
"""Every connector there is. To add one, name its contract here."""


class Registry(Mapping[tuple[str, str], Connector]):
    """Connectors by name and mode. The sandbox twin is always there, the live one only where the mode says so."""

    def __init__(self, contracts: tuple[Contract, ...], settings: Settings, clock: Clock) -> None:
        if settings.aios_mode == "live" and settings.aios_owner_email == NOBODY:
            raise Misconfigured("Live mode needs your own address.", "Set AIOS_OWNER_EMAIL, or use AIOS_MODE=sandbox.")
        self.settings = settings
        self.contracts = {contract.name: contract for contract in contracts}
        self._connectors: dict[tuple[str, str], Connector] = {}
        for contract in contracts:
            self._connectors[contract.name, "sandbox"] = Checked(contract, contract.sandbox(settings, clock))
            if settings.aios_mode == "live":
                self._connectors[contract.name, "live"] = Checked(contract, contract.live(settings, clock))

    def __getitem__(self, name_and_mode: tuple[str, str]) -> Connector:
        return self._connectors[name_and_mode]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._connectors)

    def __len__(self) -> int:
        return len(self._connectors)

    def paces(self) -> dict[tuple[str, Mode], tuple[str, Rate]]:
        """The account and the rate of each live connector; what stays on this machine needs no pace."""
        live = [contract for name, contract in self.contracts.items() if (name, "live") in self._connectors]
        return {
            (contract.name, "live"): (f"{contract.name} {contract.account(self.settings)}"[:500], contract.rate)
            for contract in live
        }

    def contract(self, name: str) -> Contract:
        """The contract of that connector; `NotFound` where there is none."""
        if name not in self.contracts:
            raise NotFound(f"There is no connector {name[:40]!r}.", f"Known are {', '.join(sorted(self.contracts))}.")
        return self.contracts[name]

    def parse(self, connector: str, operation: str, request: dict[str, Any]) -> BaseModel:
        """A request as the connector's contract takes it; `HardFailure` where it breaks the schema."""
        return self.contract(connector).parse(operation, request)


def open_registry(settings: Settings, clock: Clock, contracts: tuple[Contract, ...] = CONTRACTS) -> Registry:
    """The connectors as the settings have them."""
    return Registry(contracts, settings, clock)
