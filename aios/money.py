"""Money as integers: business amounts in a currency's minor unit, model costs in millionths of a US dollar."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

MICROS = 1_000_000
"""Micro-dollars in a dollar; a model call often costs less than a cent."""

_DIGITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def digits(currency: str) -> int:
    """The decimals of a currency's amounts (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD."""
    return _DIGITS.get(currency, 2)


def to_minor(value: Decimal, currency: str) -> int:
    """The amount in minor units, rounded half away from zero as EN 16931 rounds."""
    return int(value.scaleb(digits(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def to_decimal(minor: int, currency: str) -> Decimal:
    """The amount in the currency's main unit, with all its decimals: 1050 EUR are `10.50`."""
    return Decimal(minor).scaleb(-digits(currency))


@dataclass(frozen=True, order=True)
class Money:
    """`minor` units (cents) of an ISO 4217 `currency`."""

    minor: int
    currency: str = "EUR"

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"Cannot add {other.currency} to {self.currency}; convert one first.")
        return Money(self.minor + other.minor, self.currency)

    def __str__(self) -> str:
        return f"{to_decimal(self.minor, self.currency):,f} {self.currency}"


def dollars(micros: int) -> str:
    """A model cost for people: `$0.0123`."""
    return f"${micros / MICROS:,.4f}"
