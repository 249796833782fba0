"""A transfer that is asked for, and what is known of one that was written; a bank knows it by ids made from its key."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from aios.banking.transfer import MOST, latin
from aios.connectors.mail.address import one_line
from aios.invoices.numbers import valid


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Party(_Part):
    """Whose account it is."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    iban: Annotated[str, Field(max_length=42)]
    bic: Annotated[str, Field(max_length=11)] = ""

    @field_validator("name")
    @classmethod
    def _writable(cls, value: str) -> str:
        if not latin(value, 70):
            raise ValueError("SEPA can write no letter of the name")
        return one_line(value)

    @field_validator("iban")
    @classmethod
    def _iban(cls, value: str) -> str:
        bare = "".join(value.split()).upper()
        if not valid("iban", bare):
            raise ValueError("the IBAN has a wrong check digit or length")
        return bare

    @field_validator("bic")
    @classmethod
    def _bic(cls, value: str) -> str:
        bare = "".join(value.split()).upper()
        if bare and not valid("bic", bare):
            raise ValueError("the BIC is wrong")
        return bare


class Pay(_Part):
    """So many cents from one account to another; on the day `due`, or at once where that is past or empty."""

    payer: Party
    payee: Party
    cents: Annotated[int, Field(gt=0, le=MOST)]
    text: Annotated[str, Field(max_length=500)]
    due: str = ""

    @field_validator("due")
    @classmethod
    def _day(cls, value: str) -> str:
        return date.fromisoformat(value).isoformat() if value else ""

    @field_validator("text")
    @classmethod
    def _line(cls, value: str) -> str:
        return one_line(value)


class PayReceipt(_Part):
    """The file that was written, from the home on, and the ids in it."""

    message_id: str
    id: str
    file: str
    on: str = ""


class TakeBack(_Part):
    """Take the file with this message id back."""

    message_id: Annotated[str, Field(pattern=r"^[0-9A-F]{32}$")]


class TakeBackReceipt(_Part):
    """The file is no longer there for the bank."""

    message_id: str
    status: str
