"""Estimate the cost of a request in dollars before it is sent. An unknown price is None, never a guess.

Source: "What an image costs" in the API reference.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from components.parameters.kinds import Choice, Size
from components.parameters.models.catalogue import MILLION, Model, find_model
from components.parameters.models.families import GPT_IMAGE_2, GPT_IMAGE_2_5, GPT_IMAGE_2_6
from components.parameters.request import Request

PARTIAL_IMAGE_TOKENS = 100

# The edge length, in patches, that each quality counts an image at.
_QUALITY_FACTORS: Mapping[str, Mapping[str, int]] = {
    GPT_IMAGE_2.name: {"low": 16, "medium": 48, "high": 96},
    GPT_IMAGE_2_5.name: {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96},
}
_QUALITY_FACTORS = {**_QUALITY_FACTORS, GPT_IMAGE_2_6.name: _QUALITY_FACTORS[GPT_IMAGE_2_5.name]}

# Measured by resellers, not official: at the lower qualities 2.6 uses 3 to 4 times the tokens of 2.5.
_MULTIPLIERS: Mapping[str, Mapping[str, tuple[int, int]]] = {GPT_IMAGE_2_6.name: {"low": (3, 4), "medium": (3, 4)}}

# Dollars per image, square and oblong, for models that have only this price published.
_PER_IMAGE: Mapping[str, Mapping[str, tuple[str, str | None]]] = {
    "gpt-image-1-mini": {"low": ("0.005", "0.006"), "medium": ("0.011", "0.015"), "high": ("0.036", "0.052")},
    "gpt-image-1.5": {"low": ("0.009", None), "medium": ("0.034", None), "high": ("0.133", None)},
}
_THIRD_PARTY = frozenset({"gpt-image-1.5"})  # prices that do not come from OpenAI


@dataclass(frozen=True)
class Estimate:
    """Dollars for the request, from `low` to `high`; None if unknown. `rough` marks unofficial figures."""

    low: Decimal | None
    high: Decimal | None
    rough: bool = False
    note: str = ""


def formula_tokens(factor: int, width: int, height: int) -> int:
    """Return the output tokens of one image of width x height pixels, for a quality's factor."""
    short, long = sorted((width, height))
    side = math.floor(factor * short / long + 0.5)
    return math.ceil(factor * side * (2_000_000 + width * height) / 4_000_000)


def output_tokens(model: str, size: str, quality: str) -> int | None:
    """Return the output tokens of one image; None without a known formula, or if the model chooses size or quality.

    For 2.6 this is the formula of 2.5, which `estimate` widens to a range.
    """
    factor = _QUALITY_FACTORS.get(find_model(model).family.name, {}).get(quality)
    if factor is None or "x" not in size:
        return None
    width, height = (int(edge) for edge in size.split("x"))
    return formula_tokens(factor, width, height)


@lru_cache(maxsize=1024)  # a sheet asks for each of its cells; sizes and names of models may be anything
def _image_dollars(model_id: str, operation: str, size: str, quality: str) -> tuple[Decimal, Decimal] | None:
    model = find_model(model_id, operation)
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
    # With auto, the model chooses one of the three usual sizes.
    return [option for option in options if option != "auto"][: 3 if name == "size" else None]


def estimate(request: Request) -> Estimate:
    """Estimate the dollars for all images of a request; a range if the model chooses size or quality.

    Input images and texts are not included, because their tokens are known only afterwards.
    """
    model = find_model(request.model, request.operation)
    if request.operation == "analyze":
        return _estimate_analysis(model, request)
    amounts = [
        _image_dollars(request.model, request.operation, size, quality)
        for size in _possible_values(request, "size")
        for quality in _possible_values(request, "quality")
    ]
    known = [amount for amount in amounts if amount is not None]
    if not known or request.values.get("output_format") in {"gif", "svg"}:
        return Estimate(None, None, note=f"The price of {request.model} is not published for this.")
    if len(known) < len(amounts):
        # A price known for only some of the possible sizes would be too low for the others.
        return Estimate(None, None, note=f"The price of {request.model} is known only for 1024x1024.")
    low, high = min(low for low, _ in known), max(high for _, high in known)
    previews = int(request.values.get("partial_images", 0)) * PARTIAL_IMAGE_TOKENS
    rate = model.prices.image_out if model.prices else None
    rough = model.family.name in _MULTIPLIERS or model.id in _THIRD_PARTY
    note = "previews not included" if previews and rate is None else ""
    return Estimate(low * request.n, (high + previews * (rate or 0) / MILLION) * request.n, rough, note)


def _estimate_analysis(model: Model, request: Request) -> Estimate:
    price = model.prices.text_out if model.prices else None
    if price is None:
        return Estimate(None, None, note=f"The price of {request.model} is not known.")
    most = price * int(request.values["max_output_tokens"]) / MILLION
    return Estimate(Decimal(0), most, note="at most, for the answer; images not included")
