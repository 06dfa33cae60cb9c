"""Format dollars with as many digits as are meaningful, and read typed ones."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from components.parameters import Estimate

_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")  # a comma before anything else may be a decimal comma


def dollars(amount: Decimal) -> str:
    """Return an amount such as "$0.013": two significant digits below a cent, two decimals from a dollar on."""
    if amount >= 1 or amount == 0:
        return f"${amount:,.2f}"
    return f"${amount:.4f}" if amount < Decimal("0.01") else f"${amount:.3f}"


def typed_dollars(text: str) -> Decimal | str | None:
    """Return a typed amount (maybe infinite or NaN), None for an empty text, or a sentence if it is not a number."""
    text = text.strip().removeprefix("$").strip()
    if not text:
        return None
    try:
        return Decimal(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
    except InvalidOperation:
        return f"“{text[:20]}” is not an amount in dollars. Write a number such as 2.50."


def span_text(low: Decimal, high: Decimal) -> str:
    """Return a range of amounts, or one amount if both are equal."""
    return dollars(low) if dollars(low) == dollars(high) else f"{dollars(low)} to {dollars(high)}"


def estimate_text(estimate: Estimate, images: int) -> str:
    """Return one line with what a request will cost, or that the price is not known."""
    if images == 0:
        return _answer_text(estimate)
    unit = "image" if images == 1 else "images"
    if estimate.low is None or estimate.high is None:
        return estimate.note or f"The price of {images} {unit} is not known."
    roughly = "very roughly" if estimate.rough else "about"
    return f"{roughly} {span_text(estimate.low, estimate.high)} for {images} {unit}"


def _answer_text(estimate: Estimate) -> str:
    if estimate.high is None:
        return estimate.note or "The price of the answer is not known."
    return f"at most {dollars(estimate.high)} for the answer; the images and the question come on top"
