"""Amounts in dollars that a person types."""

from __future__ import annotations

from decimal import Decimal

import pytest

from components.ui.base.formatting.money import typed_dollars


@pytest.mark.parametrize(
    ("text", "amount"),
    [("2.50", "2.50"), (" $ 2.5 ", "2.5"), ("1,000", "1000"), ("1,234,567.89", "1234567.89"), ("0", "0")],
)
def test_an_amount_is_read(text: str, amount: str) -> None:
    """Blanks, a dollar sign and commas between thousands are left out."""
    assert typed_dollars(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["2,50", "1,00", "two", "1 000"])
def test_what_could_be_read_as_another_amount_is_not(text: str) -> None:
    """A decimal comma never makes a hundredfold limit of what was meant."""
    assert typed_dollars(text) == f"“{text}” is not an amount in dollars. Write a number such as 2.50."


def test_nothing_is_no_amount() -> None:
    """An empty field, even with a dollar sign in it, has no amount."""
    assert typed_dollars(" $ ") is None
