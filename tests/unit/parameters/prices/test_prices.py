"""What a request costs: the reference's own figures, and None wherever nobody knows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from components.parameters import Request, cost, estimate, output_tokens, resolve


def ask(model: str, operation: str = "generate", **raw: Any) -> Request:
    """A request that must resolve."""
    request = resolve(operation, model, {"prompt": "a fox", "text": "what?", **raw}, images=())
    assert isinstance(request, Request), request
    return request


@pytest.mark.parametrize(
    ("model", "size", "quality", "tokens"),
    [
        ("gpt-image-2.5-flare", "1024x1024", "low", 196),
        ("gpt-image-2.5-flare", "1024x1024", "medium", 439),
        ("gpt-image-2.5-flare", "1024x1024", "high", 1756),
        ("gpt-image-2.5-flare", "1024x1024", "xhigh", 3122),
        ("gpt-image-2.5-flare", "1024x1024", "max", 7024),
        ("gpt-image-2", "1024x1024", "low", 196),
        ("gpt-image-2", "1024x1024", "medium", 1756),
        ("gpt-image-2", "1024x1024", "high", 7024),
        ("gpt-image-2.6-flare", "1024x1024", "high", 1756),
        ("gpt-image-2", "auto", "low", None),
        ("gpt-image-2", "1024x1024", "auto", None),
        ("gpt-image-2", "1024x1024", "max", None),
        ("gpt-image-1", "1024x1024", "low", None),
        ("dall-e-3", "1024x1024", "hd", None),
        ("team-model", "1024x1024", "low", None),
    ],
)
def test_tokens_by_the_formula(model: str, size: str, quality: str, tokens: int | None) -> None:
    """The formula gives the reference's figures at 1024x1024, and nothing where there is no formula."""
    assert output_tokens(model, size, quality) == tokens


def test_tokens_do_not_depend_on_the_side_that_is_longer() -> None:
    """An image on its side uses the same tokens."""
    assert output_tokens("gpt-image-2", "1536x1024", "high") == output_tokens("gpt-image-2", "1024x1536", "high")


@pytest.mark.parametrize(
    ("model", "raw", "low", "high", "rough"),
    [
        ("gpt-image-2.5-flare", {"size": "1024x1024", "quality": "low"}, "0.006", "0.006", False),
        ("gpt-image-2.5-flare", {"size": "1024x1024", "quality": "medium"}, "0.013", "0.013", False),
        ("gpt-image-2.5-flare", {"size": "1024x1024", "quality": "high"}, "0.053", "0.053", False),
        ("gpt-image-2.5-flare", {"size": "1024x1024", "quality": "xhigh"}, "0.094", "0.094", False),
        ("gpt-image-2.5-flare", {"size": "1024x1024", "quality": "max"}, "0.211", "0.211", False),
        ("gpt-image-2.5-flare", {"size": "1024x1024", "quality": "max", "n": 10}, "2.107", "2.107", False),
        ("gpt-image-2.5-flare", {"size": "1024x1024", "quality": "auto"}, "0.006", "0.211", False),
        ("gpt-image-2", {"size": "1024x1024"}, "0.006", "0.211", False),
        ("gpt-image-2", {"size": "1024x1024", "quality": "low", "partial_images": 3}, "0.006", "0.015", False),
        ("gpt-image-2.6-flare", {"size": "1024x1024", "quality": "low"}, "0.018", "0.024", True),
        ("gpt-image-2.6-flare", {"size": "1024x1024", "quality": "high"}, "0.053", "0.053", True),
        ("gpt-image-1-mini", {"size": "1024x1024", "quality": "low"}, "0.005", "0.005", False),
        ("gpt-image-1-mini", {"size": "1536x1024", "quality": "high"}, "0.052", "0.052", False),
        ("gpt-image-1-mini", {}, "0.005", "0.052", False),
        ("gpt-image-1-mini", {"size": "1024x1024", "quality": "low", "partial_images": 3}, "0.005", "0.007", False),
        ("gpt-image-1.5", {"size": "1024x1024", "quality": "high"}, "0.133", "0.133", True),
        ("gpt-image-1.5", {"size": "1024x1024"}, "0.009", "0.133", True),
        ("gpt-image-2.6-sunburst", {"size": "1024x1024"}, "0.018", "0.211", True),
    ],
)
def test_estimates(model: str, raw: dict[str, Any], low: str, high: str, rough: bool) -> None:
    """Before the run there is a figure, a range where the model decides, and a mark where it is hearsay."""
    guess = estimate(ask(model, **raw))
    assert guess.low is not None
    assert guess.high is not None
    assert (f"{guess.low:.3f}", f"{guess.high:.3f}", guess.rough) == (low, high, rough)


@pytest.mark.parametrize(
    ("model", "raw"),
    [
        ("gpt-image-1", {}),
        ("gpt-image-1.5", {"size": "1536x1024"}),
        ("gpt-image-1.5", {}),
        ("chatgpt-image-latest", {}),
        ("dall-e-2", {}),
        ("dall-e-3", {"quality": "hd"}),
        ("team-model", {}),
        ("gpt-image-2.6-flare", {"output_format": "gif"}),
        ("gpt-image-2.6-flare", {"output_format": "svg"}),
    ],
)
def test_unknown_prices_are_never_made_up(model: str, raw: dict[str, Any]) -> None:
    """Where no price is published there is no figure, but a sentence."""
    guess = estimate(ask(model, **raw))
    assert guess.low is None
    assert guess.high is None
    assert model in guess.note


@pytest.mark.parametrize(("model", "most"), [("gpt-6.1-terra", "0.0015"), ("gpt-6.1-sol", "0.003"), ("gpt-4o", None)])
def test_estimate_of_an_answer(model: str, most: str | None) -> None:
    """An analysis costs at most its length times the price of text, where that is known."""
    request = ask(model, "analyze", input_type="urls", image_urls="https://example.com/a.png", max_output_tokens=300)
    assert estimate(request).high == (None if most is None else Decimal(most))


USAGE = {
    "input_tokens": 1100,
    "output_tokens": 1756,
    "total_tokens": 2856,
    "input_tokens_details": {"text_tokens": 100, "image_tokens": 1000},
}


def with_details(**details: Any) -> dict[str, Any]:
    """The same usage with other details of what went in."""
    return {**USAGE, "input_tokens_details": details}


@pytest.mark.parametrize(
    ("model", "usage", "dollars"),
    [
        ("gpt-image-2", USAGE, "0.06118"),
        ("gpt-image-1-mini", USAGE, "0.016748"),
        ("gpt-image-2", {"input_tokens": 1000, "output_tokens": 0}, "0.008"),
        ("gpt-image-2", {"input_tokens": None, "output_tokens": 1000}, "0.03"),
        ("gpt-image-2", {"output_tokens": 1000, "input_tokens_details": None}, "0.03"),
        ("gpt-6.1-terra", {"input_tokens": 1000, "output_tokens": 100}, "0.0015"),
        (
            "gpt-6.1-terra",
            {"input_tokens": 1000, "output_tokens": 100, "input_tokens_details": {"cached_tokens": 1000}},
            "0.00055",
        ),
        ("gpt-image-2", {**USAGE, "output_tokens": 1756.0}, "0.06118"),
        ("gpt-image-2", with_details(text_tokens=100, image_tokens=1000, cached_tokens=100), "0.060805"),
        ("gpt-image-2", with_details(text_tokens=100, image_tokens=1000, cached_tokens=1100), "0.054805"),
        ("gpt-image-2", with_details(text_tokens=100, image_tokens=1000, cached_tokens=10**9), "0.054805"),
        ("gpt-image-2", with_details(cached_tokens=1100), "0.05488"),
        ("gpt-image-2.5-flare", with_details(text_tokens=100, image_tokens=1000, cached_tokens=1100), "0.06118"),
        ("gpt-image-2", with_details(text_tokens=-5, image_tokens="many", cached_tokens=None), "0.06148"),
        ("gpt-6.1-sol", {"input_tokens": 1000, "output_tokens": 100}, "0.003"),
        ("gpt-6.1-terra", {"input_tokens": 100, "output_tokens": 0}, "0.0001"),
        ("gpt-image-2", None, None),
        ("gpt-image-2", {}, None),
        ("gpt-image-2", [1], None),
        ("gpt-image-2", "much", None),
        ("gpt-image-2", {"output_tokens": "many"}, None),
        ("gpt-image-1", USAGE, None),
        ("dall-e-3", USAGE, None),
        ("gpt-6-luna", USAGE, None),
        ("team-model", USAGE, None),
    ],
)
def test_cost_from_usage(model: str, usage: dict[str, Any] | None, dollars: str | None) -> None:
    """After the run the cost is the tokens of `usage` times the prices; None where either is not known."""
    assert cost(model, usage) == (None if dollars is None else Decimal(dollars))


@pytest.mark.parametrize(
    ("author", "dollars"),
    [
        ({"model": "gpt-6.1-sol", "input_tokens": 500, "output_tokens": 1000}, "0.07218"),
        ({"model": "gpt-6-luna", "input_tokens": 500, "output_tokens": 1000}, None),
        ({"model": "gpt-6.1-sol"}, None),
        ({}, None),
    ],
)
def test_the_author_of_an_svg_costs_too(author: dict[str, Any], dollars: str | None) -> None:
    """What a model used to write the SVG is added; if its price is unknown, so is the total."""
    assert cost("gpt-image-2.6-flare", USAGE, author) == (None if dollars is None else Decimal(dollars))


def test_a_preview_without_a_price_is_mentioned() -> None:
    """Where the tokens of previews have no price, the note says that they are not in the figure."""
    guess = estimate(ask("gpt-image-1.5", size="1024x1024", partial_images=2))
    assert guess.high is not None
    assert "not included" in guess.note
