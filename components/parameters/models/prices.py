"""What a request costs: an estimate before, the amount from the answer's usage after. Dollars, never made up.

Source: "What an image costs" in the API reference.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from components.parameters.kinds import Choice, Size
from components.parameters.models.catalogue import Model, Prices, find_model
from components.parameters.models.families import GPT_IMAGE_2, GPT_IMAGE_2_5, GPT_IMAGE_2_6

if TYPE_CHECKING:
    from components.parameters.request import Request

MILLION = Decimal(1_000_000)
PARTIAL_IMAGE_TOKENS = 100

# The edge, in patches, that a picture is counted at for each quality.
_QUALITY_FACTORS: Mapping[str, Mapping[str, int]] = {
    GPT_IMAGE_2.name: {"low": 16, "medium": 48, "high": 96},
    GPT_IMAGE_2_5.name: {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96},
}
_QUALITY_FACTORS = {**_QUALITY_FACTORS, GPT_IMAGE_2_6.name: _QUALITY_FACTORS[GPT_IMAGE_2_5.name]}

# Measured by resellers, no official table: 2.6 uses 3 to 4 times the 2.5 tokens at the lower qualities.
_MULTIPLIERS: Mapping[str, Mapping[str, tuple[int, int]]] = {GPT_IMAGE_2_6.name: {"low": (3, 4), "medium": (3, 4)}}

# Dollars an image at 1024x1024 and at the oblong sizes, where only this is published.
_PER_IMAGE: Mapping[str, Mapping[str, tuple[str, str | None]]] = {
    "gpt-image-1-mini": {"low": ("0.005", "0.006"), "medium": ("0.011", "0.015"), "high": ("0.036", "0.052")},
    "gpt-image-1.5": {"low": ("0.009", None), "medium": ("0.034", None), "high": ("0.133", None)},
}
_THIRD_PARTY = frozenset({"gpt-image-1.5"})  # whose figures come from somebody else than OpenAI


@dataclass(frozen=True)
class Estimate:
    """Dollars for the whole request, from `low` to `high`; None where nobody knows. `rough` marks hearsay."""

    low: Decimal | None
    high: Decimal | None
    rough: bool = False
    note: str = ""


def formula_tokens(factor: int, width: int, height: int) -> int:
    """Output tokens of one picture of width x height pixels, for a quality's factor."""
    short, long = sorted((width, height))
    side = math.floor(factor * short / long + 0.5)
    return math.ceil(factor * side * (2_000_000 + width * height) / 4_000_000)


def output_tokens(model: str, size: str, quality: str) -> int | None:
    """Output tokens of one picture; None where no formula is known, or size or quality is left to the model.

    For 2.6 this is the formula of 2.5, which `estimate` widens.
    """
    factor = _QUALITY_FACTORS.get(find_model(model).family.name, {}).get(quality)
    if factor is None or "x" not in size:
        return None
    width, height = (int(edge) for edge in size.split("x"))
    return formula_tokens(factor, width, height)


def _image_dollars(model: Model, size: str, quality: str) -> tuple[Decimal, Decimal] | None:
    if per_image := _PER_IMAGE.get(model.id):
        square, oblong = per_image.get(quality, (None, None))
        edges = size.split("x")
        amount = square if edges[0] == edges[-1] else oblong
        return None if amount is None else (Decimal(amount), Decimal(amount))
    tokens = output_tokens(model.id, size, quality)
    if tokens is None or model.prices is None or model.prices.image_out is None:
        return None
    least, most = _MULTIPLIERS.get(model.family.name, {}).get(quality, (1, 1))
    each = tokens * model.prices.image_out / MILLION
    return each * least, each * most


def _possible_values(request: Request, name: str) -> Iterable[str]:
    value = str(request.values.get(name, "auto"))
    if value != "auto":
        return (value,)
    kind = next((one.kind for one in request.parameters if one.name == name), None)
    options = kind.options if isinstance(kind, Choice) else kind.choices if isinstance(kind, Size) else ()
    # A size that is left to the model is one of the three usual ones.
    return [option for option in options if option != "auto"][: 3 if name == "size" else None]


def estimate(request: Request) -> Estimate:
    """What a request will cost in dollars, for all its images; a range where size or quality is left open.

    The pictures and words that go in are not counted, since their tokens are known only afterwards.
    """
    model = find_model(request.model, request.operation)
    if request.operation == "analyze":
        return _estimate_analysis(model, request)
    amounts = [
        _image_dollars(model, size, quality)
        for size in _possible_values(request, "size")
        for quality in _possible_values(request, "quality")
    ]
    known = [amount for amount in amounts if amount is not None]
    if not known or request.values.get("output_format") in {"gif", "svg"}:
        return Estimate(None, None, note=f"The price of {request.model} is not published for this.")
    if len(known) < len(amounts):
        # A figure for some of the sizes that the model may take would be too low for the others.
        return Estimate(None, None, note=f"The price of {request.model} is known for 1024x1024 alone.")
    low, high = min(low for low, _ in known), max(high for _, high in known)
    previews = int(request.values.get("partial_images", 0)) * PARTIAL_IMAGE_TOKENS
    rate = model.prices.image_out if model.prices else None
    rough = model.family.name in _MULTIPLIERS or model.id in _THIRD_PARTY
    note = "the previews come on top" if previews and rate is None else ""
    return Estimate(low * request.n, (high + previews * (rate or 0) / MILLION) * request.n, rough, note)


def _estimate_analysis(model: Model, request: Request) -> Estimate:
    price = model.prices.text_out if model.prices else None
    if price is None:
        return Estimate(None, None, note=f"The price of {request.model} is not known.")
    most = price * int(request.values["max_output_tokens"]) / MILLION
    return Estimate(Decimal(0), most, note="at most, for the answer; the pictures come on top")


def _token_count(usage: Any, *path: str) -> int:
    """A number of tokens from anywhere in what a server wrote; 0 for whatever is no such number."""
    for step in path:
        usage = usage.get(step) if isinstance(usage, Mapping) else None
    is_number = isinstance(usage, int | float) and not isinstance(usage, bool)
    return int(usage) if is_number and 0 < usage < 10**12 else 0


def _input_groups(prices: Prices, usage: Mapping[str, Any], *, words_only: bool) -> list[tuple[int, Decimal, Decimal]]:
    """Tokens that went in with their rates, whole and cached; those that save least by the cache come first."""
    text_in, image_in = prices.text_in or Decimal(0), prices.image_in or Decimal(0)
    words = (text_in, text_in if prices.text_cached is None else prices.text_cached)
    pixels = (image_in, image_in if prices.image_cached is None else prices.image_cached)
    text = _token_count(usage, "input_tokens_details", "text_tokens")
    images = _token_count(usage, "input_tokens_details", "image_tokens")
    unsaid = max(0, _token_count(usage, "input_tokens") - text - images)
    # Without details the dearer rate is taken, so that no cost is understated.
    groups = [(text, *words), (images, *pixels), (unsaid, *(words if words_only else max(words, pixels)))]
    return sorted(groups, key=lambda group: group[1] - group[2])


def cost(model: str, usage: Mapping[str, Any] | None, svg_usage: Mapping[str, Any] | None = None) -> Decimal | None:
    """Dollars from an answer's `usage`; None where tokens or prices are not known.

    `svg_usage` is what the author of an SVG used, which the server counts apart, with the author's `model` in it.
    """
    found = find_model(model)
    prices = found.prices
    is_number = isinstance(usage, Mapping) and isinstance(usage.get("output_tokens"), int | float)
    if prices is None or not isinstance(usage, Mapping) or not is_number:
        return None
    words_only = "analyze" in found.operations
    out = prices.text_out if words_only else prices.image_out
    if out is None:
        return None
    total = _token_count(usage, "output_tokens") * out
    cached = _token_count(usage, "input_tokens_details", "cached_tokens")
    for tokens, rate, cached_rate in _input_groups(prices, usage, words_only=words_only):
        reused = min(cached, tokens)
        cached -= reused
        total += (tokens - reused) * rate + reused * cached_rate
    author = cost(str(svg_usage.get("model")), svg_usage) if isinstance(svg_usage, Mapping) else Decimal(0)
    return None if author is None else total / MILLION + author
