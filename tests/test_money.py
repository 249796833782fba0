"""Amounts of money: each currency has its own minor unit, in texts, in policies and on pages alike."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.amounts import amounts_in
from aios.money import Money, to_decimal, to_minor


@pytest.mark.parametrize(
    ("text", "money", "shown"),
    [
        ("It costs 1,200.50 EUR.", Money(120_050, "EUR"), "1,200.50 EUR"),
        ("It costs 5000 yen.", Money(5_000, "JPY"), "5,000 JPY"),
    ],
)
def test_an_amount_in_a_text_is_shown_as_it_was_written(text: str, money: Money, shown: str) -> None:
    assert amounts_in(text) == (money,)
    assert str(money) == shown


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_minor_units_and_decimals_are_the_same_amount(minor: int, currency: str) -> None:
    assert to_minor(to_decimal(minor, currency), currency) == minor


@pytest.mark.parametrize(("value", "minor"), [("0.125", 13), ("-0.125", -13), ("0.124", 12), ("2.675", 268)])
def test_half_a_cent_is_rounded_away_from_zero(value: str, minor: int) -> None:
    assert to_minor(Decimal(value), "EUR") == minor
