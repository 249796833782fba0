"""`Contract`: what a connector can do, as data: operations, their schemas, how each is recognised and undone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from aios.clock import Clock
from aios.connectors.base import Connector
from aios.errors import HardFailure, OutcomeUnknown
from aios.settings import Settings
from aios.traffic.rates import Rate

R = TypeVar("R", bound=BaseModel)

Risk = Literal["low", "message", "public", "money"]
"""What an operation can do at worst: change our own records, reach a person, reach everybody, move money."""


@dataclass(frozen=True)
class Compensation:
    """The operation that undoes another one; `request` makes its request from what was asked for and the receipt.

    Before it is proposed, a look-up asks how the outside is now: the fields of the receipt in `unchanged` must be as we
    left them, or the owner decides. `thing` names the field that says which thing outside it is about, so that what we
    did to it later counts as how we left it. Where `takes_back` is false, what happened stays, and the operation only
    follows it, such as a correction: the owner always decides, and may edit the fields in `editable`.
    """

    operation: str
    request: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
    words: str
    thing: str = ""
    unchanged: tuple[str, ...] = ()
    takes_back: bool = True
    editable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Irreversible:
    """Nothing can undo it; `words` are what the owner reads before approving."""

    words: str


@dataclass(frozen=True)
class Operation:
    """One operation. `identified_by` says in words what outside carries the effect's key, so that a look-up finds it.

    `preview` says in a few lines, from a valid request alone, what would happen; it asks nobody and changes nothing.
    """

    name: str
    request: type[BaseModel]
    receipt: type[BaseModel]
    identified_by: str
    undo: Compensation | Irreversible
    risk: Risk
    preview: Callable[[Any], str]

    @property
    def reversible(self) -> bool:
        """Whether it can be taken back; a correction that follows it takes nothing back."""
        return isinstance(self.undo, Compensation) and self.undo.takes_back


@dataclass(frozen=True)
class Contract:
    """A connector's contract. A change that a request kept by an older effect could break raises `version`.

    `account` names what `rate` is counted for, without secrets; `configured` says whether live has what it needs,
    `credentials` which credentials that takes, such as `AIOS_SMTP_URL`.
    """

    name: str
    version: int
    title: str
    operations: tuple[Operation, ...]
    rate: Rate
    account: Callable[[Settings], str]
    configured: Callable[[Settings], bool]
    sandbox: Callable[[Settings, Clock], Connector]
    live: Callable[[Settings, Clock], Connector]
    credentials: tuple[str, ...] = ()

    def operation(self, name: str) -> Operation:
        """The operation of that name; `HardFailure` where there is none."""
        for operation in self.operations:
            if operation.name == name:
                return operation
        raise _unknown(self.title, name, (operation.name for operation in self.operations))

    def parse(self, operation: str, request: Mapping[str, Any]) -> BaseModel:
        """The request as the operation takes it; one that breaks its schema is a `HardFailure`."""
        return parse_request(self.title, {each.name: each.request for each in self.operations}, operation, request)

    def require_receipt(self, operation: str, receipt: dict[str, Any]) -> dict[str, Any]:
        """The receipt, if it has the shape that the contract says; `Drifted` with the differences where it has not."""
        try:
            self.operation(operation).receipt.model_validate(receipt)
        except ValidationError as error:
            raise Drifted(self, operation, receipt, differences(error)) from None
        return receipt

    def preview(self, operation: str, request: Mapping[str, Any]) -> str:
        """What the operation would do, in words; `HardFailure` for a request that it would not take."""
        return self.operation(operation).preview(self.parse(operation, request))


def parse_request(title: str, schemas: Mapping[str, type[R]], operation: str, request: Mapping[str, Any]) -> R:
    """The request as its operation takes it; `HardFailure` where there is none such, or it breaks the schema."""
    if operation not in schemas:
        raise _unknown(title, operation, schemas)
    try:
        return schemas[operation].model_validate(request)
    except ValidationError as error:
        reason = "; ".join(differences(error)[:3])
        raise HardFailure(f"{title} cannot {operation} this: {reason}.", "Correct it in the decision.") from None


def _unknown(title: str, operation: str, known: Iterable[str]) -> HardFailure:
    return HardFailure(f"{title} has no operation {operation[:40]!r}.", f"It has: {', '.join(known)}.")


class Drifted(OutcomeUnknown):
    """The outside answered in another shape than its contract says: it may have changed its API."""

    def __init__(self, contract: Contract, operation: str, payload: Any, differences: list[str]) -> None:
        super().__init__(
            f"{contract.title} answered {operation} in a shape that contract version {contract.version} does not know.",
            f"See Quarantine for what differs; the connector {contract.name} may need a newer version.",
        )
        self.connector = contract.name
        self.operation = operation
        self.payload = payload
        self.differences = differences


def differences(error: ValidationError) -> list[str]:
    """A schema diff: one line for each field that is missing, unknown or of another kind. Values are not repeated."""
    return [
        _difference(".".join(str(part) for part in each["loc"]), each["type"], each["msg"]) for each in error.errors()
    ]


def _difference(where: str, kind: str, message: str) -> str:
    name = where or "the whole"
    match kind:
        case "missing":
            return f"- {name}: is missing"
        case "extra_forbidden":
            return f"+ {name}: is not known"
        case _:
            return f"~ {name}: {message.removeprefix('Value error, ').rstrip('.')}"
