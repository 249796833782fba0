"""What can be done to an address book: create, change, remove and restore a card; and what comes of it."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aios.connectors.contract import parse_request
from aios.connectors.fields import Address, Line
from aios.connectors.mail.address import filled_line
from aios.ids import digest
from aios.text import clean

Name = Annotated[str, AfterValidator(filled_line), Field(max_length=200)]
Number = Annotated[str, AfterValidator(filled_line), Field(max_length=60)]
File = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9@_+=~-][A-Za-z0-9@._+=~-]*$")]
"""The last part of a card's address, as servers make it; nothing that could lead to another path."""


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Create(_Request):
    """A new card. Its UID and its file follow from the effect's key."""

    name: Name
    emails: tuple[Address, ...] = Field((), max_length=20)
    phones: tuple[Number, ...] = Field((), max_length=20)
    organisation: Line = Field("", max_length=200)
    note: Annotated[str, AfterValidator(clean)] = Field("", max_length=10_000)


class Change(_Request):
    """Other words in a card: only the fields that are set change. `etag` is the version that was shown ("": any)."""

    file: File
    etag: str = Field("", max_length=200)
    name: Name | None = None
    emails: tuple[Address, ...] | None = Field(None, max_length=20)
    phones: tuple[Number, ...] | None = Field(None, max_length=20)
    organisation: Line | None = Field(None, max_length=200)
    note: Annotated[str, AfterValidator(clean)] | None = Field(None, max_length=10_000)


class Remove(_Request):
    """Take a card out of the address book. `etag` as for `Change`."""

    file: File
    etag: str = Field("", max_length=200)


class Restore(_Request):
    """Bring a card back to what a receipt kept as `was`. `etag` as for `Change`."""

    file: File
    etag: str = Field("", max_length=200)
    was: str = Field(min_length=1, max_length=2_000_000)


Request = Create | Change | Remove | Restore
REQUESTS: Mapping[str, type[Request]] = {"create": Create, "change": Change, "remove": Remove, "restore": Restore}


class Receipt(_Request):
    """What the address book holds now. `was` is the card before, as vCard text; empty where there was none."""

    file: str
    etag: str = ""
    was: str = ""


def parse(operation: str, request: Mapping[str, Any]) -> Request:
    """The request of an effect; `HardFailure` where it can be none."""
    return parse_request("Contacts", REQUESTS, operation, request)


def file_of(request: Request, key: str) -> str:
    """The card that the effect is about; that of a new one follows from the effect's key alone."""
    return f"aios-{digest(key)[:32]}.vcf" if isinstance(request, Create) else request.file


def mark_of(key: str) -> str:
    """What an effect leaves in the card, so that a look-up can tell that it was there."""
    return digest(f"contacts mark of {key}")[:32]
