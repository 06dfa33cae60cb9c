"""What a sheet is expected to cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from components.parameters.prices.estimate import Estimate, estimate
from components.parameters.request import Request


@dataclass(frozen=True)
class SheetPrice:
    """Runs, images, and their cost in dollars; `unknown` is the number of runs whose price is not published."""

    runs: int
    images: int
    cost: Estimate
    unknown: int = 0


def sheet_price(requests: Sequence[Request]) -> SheetPrice:
    """Add up the estimates of a sheet's requests."""
    found = [estimate(request) for request in requests]
    unknown = sum(one.low is None or one.high is None for one in found)
    return SheetPrice(len(requests), sum(request.n for request in requests), _sum(found), unknown)


def total_price(prices: Sequence[SheetPrice]) -> SheetPrice:
    """Add up the prices of a sheet's parts."""
    return SheetPrice(
        sum(one.runs for one in prices),
        sum(one.images for one in prices),
        _sum([one.cost for one in prices]),
        sum(one.unknown for one in prices),
    )


def _sum(estimates: Sequence[Estimate]) -> Estimate:
    """Add up what is known; None if nothing is."""
    known = [(one.low, one.high) for one in estimates if one.low is not None and one.high is not None]
    low = sum((low for low, _ in known), Decimal(0)) if known else None
    high = sum((high for _, high in known), Decimal(0)) if known else None
    return Estimate(
        low, high, any(one.rough for one in estimates), next((one.note for one in estimates if one.note), "")
    )
