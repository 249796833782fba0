"""Money as integers: business amounts in a currency's minor unit, model costs in millionths of a US dollar."""

from dataclasses import dataclass

MICROS = 1_000_000
"""Micro-dollars in a dollar; a model call often costs less than a cent."""


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
        sign, minor = ("-" if self.minor < 0 else ""), abs(self.minor)
        return f"{sign}{minor // 100:,}.{minor % 100:02d} {self.currency}"


def dollars(micros: int) -> str:
    """A model cost for people: `$0.0123`."""
    return f"${micros / MICROS:,.4f}"
