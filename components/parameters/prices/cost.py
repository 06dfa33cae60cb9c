"""Compute the cost of a request in dollars from the usage in its response. An unknown price is None, never a guess."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from components.parameters.models.catalogue import MILLION, Prices, find_model


def _token_count(usage: Any, *path: str) -> int:
    """Return the number of tokens at a path of an untrusted usage object; 0 if there is no plausible number."""
    for step in path:
        usage = usage.get(step) if isinstance(usage, Mapping) else None
    is_number = isinstance(usage, int | float) and not isinstance(usage, bool)
    return int(usage) if is_number and 0 < usage < 10**12 else 0


def _input_groups(prices: Prices, usage: Mapping[str, Any], *, text_only: bool) -> list[tuple[int, Decimal, Decimal]]:
    """Return input tokens with their full and cached rates, those that save the least by caching first."""
    text_in, image_in = prices.text_in or Decimal(0), prices.image_in or Decimal(0)
    words = (text_in, text_in if prices.text_cached is None else prices.text_cached)
    pixels = (image_in, image_in if prices.image_cached is None else prices.image_cached)
    text = _token_count(usage, "input_tokens_details", "text_tokens")
    images = _token_count(usage, "input_tokens_details", "image_tokens")
    unspecified = max(0, _token_count(usage, "input_tokens") - text - images)
    # Tokens without details get the higher rate, so that the cost is never understated.
    groups = [(text, *words), (images, *pixels), (unspecified, *(words if text_only else max(words, pixels)))]
    return sorted(groups, key=lambda group: group[1] - group[2])


def cost(model: str, usage: Mapping[str, Any] | None, svg_usage: Mapping[str, Any] | None = None) -> Decimal | None:
    """Return the dollars for a response's `usage`; None if tokens or prices are unknown.

    `svg_usage` is the separate usage of the model that wrote an SVG, with that model's id in `model`.
    """
    found = find_model(model)
    prices = found.prices
    is_number = isinstance(usage, Mapping) and isinstance(usage.get("output_tokens"), int | float)
    if prices is None or not isinstance(usage, Mapping) or not is_number:
        return None
    text_only = "analyze" in found.operations
    out = prices.text_out if text_only else prices.image_out
    if out is None:
        return None
    total = _token_count(usage, "output_tokens") * out
    cached = _token_count(usage, "input_tokens_details", "cached_tokens")
    for tokens, rate, cached_rate in _input_groups(prices, usage, text_only=text_only):
        reused = min(cached, tokens)
        cached -= reused
        total += (tokens - reused) * rate + reused * cached_rate
    svg_cost = cost(str(svg_usage.get("model")), svg_usage) if isinstance(svg_usage, Mapping) else Decimal(0)
    return None if svg_cost is None else total / MILLION + svg_cost
