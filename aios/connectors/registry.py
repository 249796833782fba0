"""`Registry`: the connectors of this installation, each by its contract, in the sandbox and live."""

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any

from pydantic import BaseModel

from aios.clock import Clock
from aios.connectors.bank_transfer.contract import BANK_TRANSFER
from aios.connectors.base import Carrier, Connector
from aios.connectors.calendar.contract import CALENDAR
from aios.connectors.checked import Checked
from aios.connectors.contacts.contract import CONTACTS
from aios.connectors.contract import Contract
from aios.connectors.mail.contract import MAIL
from aios.connectors.payments.contract import PAYMENTS
from aios.connectors.site.contract import SITE
from aios.connectors.webhooks.contract import WEBHOOKS
from aios.connectors.wordpress.contract import WORDPRESS
from aios.credentials.credentials import Credentials
from aios.errors import Misconfigured, NotFound
from aios.settings import NOBODY, Settings

CONTRACTS: tuple[Contract, ...] = (MAIL, CALENDAR, CONTACTS, PAYMENTS, BANK_TRANSFER, SITE, WORDPRESS, WEBHOOKS)
"""Every connector there is. To add one, name its contract here."""


class Registry(Mapping[tuple[str, str], Connector]):
    """Connectors by name and mode, each made when it is first asked for; which mode holds is not decided here.

    `contents` reads the files that go out with what is sent, by their digest.
    """

    def __init__(
        self,
        contracts: tuple[Contract, ...],
        settings: Settings,
        clock: Clock,
        contents: Callable[[str], bytes] | None = None,
    ) -> None:
        if settings.aios_mode == "live":
            _require_owner(settings)
        self.settings = settings
        self.clock = clock
        self.contents = contents
        self.contracts = {contract.name: contract for contract in contracts}
        self.credentials = Credentials(settings)
        self._made: dict[tuple[str, str], Connector] = {}
        self._lock = Lock()

    def __getitem__(self, name_and_mode: tuple[str, str]) -> Connector:
        with self._lock:
            if name_and_mode not in self._made:
                self._made[name_and_mode] = self._make(*name_and_mode)
            return self._made[name_and_mode]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter([(name, mode) for name in self.contracts for mode in ("sandbox", "live")])

    def __len__(self) -> int:
        return 2 * len(self.contracts)

    def account(self, name: str) -> str:
        """Whose operations are counted together: the connector and its account as it is now, nothing of it secret."""
        return f"{name} {self.contracts[name].account(self.settings)}"[:500]

    def require_live(self, name: str) -> None:
        """Return where it may act outside; `Misconfigured` or `CredentialMissing` where it lacks something for that."""
        contract = self.contract(name)
        _require_owner(self.settings)
        for credential in contract.credentials:
            self.credentials.require(credential)
        if not contract.configured(self.settings):
            raise Misconfigured(f"{contract.title} is not set up for live.", "`aios doctor` names what is missing.")

    def _make(self, name: str, mode: str) -> Connector:
        contract = self.contracts[name]
        make = contract.live if mode == "live" else contract.sandbox
        made = make(self.settings, self.clock)
        if self.contents and isinstance(made, Carrier):
            made.contents = self.contents
        return Checked(contract, made, self.credentials.scrubbed)

    def contract(self, name: str) -> Contract:
        """The contract of that connector; `NotFound` where there is none."""
        if name not in self.contracts:
            raise NotFound(f"There is no connector {name[:40]!r}.", f"Known are {', '.join(sorted(self.contracts))}.")
        return self.contracts[name]

    def parse(self, connector: str, operation: str, request: dict[str, Any]) -> BaseModel:
        """A request as the connector's contract takes it; `HardFailure` where it breaks the schema."""
        return self.contract(connector).parse(operation, request)


def _require_owner(settings: Settings) -> None:
    if settings.aios_owner_email == NOBODY:
        raise Misconfigured("Live mode needs your own address.", "Set AIOS_OWNER_EMAIL, or stay in the sandbox.")


def open_registry(
    settings: Settings,
    clock: Clock,
    contracts: tuple[Contract, ...] = CONTRACTS,
    contents: Callable[[str], bytes] | None = None,
) -> Registry:
    """The connectors as the settings have them."""
    return Registry(contracts, settings, clock, contents)
