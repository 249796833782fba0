"""The chart of accounts, as data: `chart.yaml` in the home, or the one that is shipped."""

from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aios.errors import InvalidInput, Misconfigured

FILE = "chart.yaml"
Kind = Literal["asset", "liability", "equity", "income", "expense"]
Number = Annotated[str, Field(pattern=r"^[0-9]{3,8}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(_Part):
    """An account: its name, and which side of the balance it is on."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f;|]+$")]
    kind: Kind


class TaxAccount(_Part):
    """The account of the input tax of one rate in percent."""

    rate: Annotated[Decimal, Field(gt=0, le=100)]
    account: Number


class SelfTax(_Part):
    """Tax that we owe and deduct ourselves, at our own rate in percent."""

    rate: Annotated[Decimal, Field(gt=0, le=100)]
    input: Number
    due: Number


class Revenue(_Part):
    """The account of revenue of one VAT category and rate in percent, and that of the tax on it, where there is one."""

    category: Annotated[str, Field(pattern="^[A-Z]{1,2}$")]
    rate: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(0)
    account: Number
    tax: Annotated[str, Field(pattern=r"^(?:[0-9]{3,8})?$")] = ""


class Roles(_Part):
    """Which account plays which part when aios books by itself.

    `self_tax` is by VAT category: `AE` (reverse charge) and `K` (intra-community).
    """

    payable: Number
    transit: Number
    expense: Number
    rounding: Number
    input_tax: tuple[TaxAccount, ...] = ()
    self_tax: dict[Literal["AE", "K"], SelfTax] = {}
    receivable: Number = "1400"
    bank: Number = "1200"
    fees: Number = "4970"
    revenue: tuple[Revenue, ...] = ()


class Hint(_Part):
    """Words of a supplier's name or of a line that lead to an account of expenses."""

    words: Annotated[tuple[Annotated[str, Field(min_length=2)], ...], Field(min_length=1)]
    account: Number


class Chart(_Part):
    """Every account by its number, and what aios needs to know to book by itself."""

    version: Literal[1]
    accounts: dict[Number, Account]
    roles: Roles
    hints: tuple[Hint, ...] = ()

    @model_validator(mode="after")
    def _names_its_accounts(self) -> "Chart":
        if missing := sorted(self._named() - set(self.accounts)):
            raise ValueError(f"account {missing[0]} is named and is not among the accounts")
        return self

    def _named(self) -> set[str]:
        roles = self.roles
        named = {roles.payable, roles.transit, roles.expense, roles.rounding}
        named |= {each.account for each in (*roles.input_tax, *roles.revenue, *self.hints)}
        named |= {each.tax for each in roles.revenue if each.tax}
        named |= {roles.receivable} if roles.revenue else set[str]()
        return named | {number for each in roles.self_tax.values() for number in (each.input, each.due)}

    def require(self, number: str) -> Account:
        """The account of that number; `InvalidInput` where there is none."""
        if number not in self.accounts:
            raise InvalidInput(f"There is no account {number[:20]!r}.", "See `aios ledger chart` for those there are.")
        return self.accounts[number]

    def name(self, number: str) -> str:
        """The account's name; empty for one that the chart no longer has."""
        return self.accounts[number].name if number in self.accounts else ""


def read_chart(home: Path) -> Chart:
    """The chart of the home; `Misconfigured` names what is wrong with it."""
    own = home / FILE
    file = own if own.is_file() else Path(__file__).with_name(FILE)
    try:
        return _chart(file.read_text("utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        reason = first["msg"].removeprefix("Value error, ")
        raise Misconfigured(f"{file} is wrong at {where}: {reason}.", "Correct it and try again.") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise Misconfigured(f"{file} cannot be read: {reason}.", "Correct it and try again.") from None


@lru_cache(maxsize=8)
def _chart(text: str) -> Chart:
    """The chart that the text says, read once: a statement of a thousand entries asks for it as often."""
    return Chart.model_validate(yaml.safe_load(text))
