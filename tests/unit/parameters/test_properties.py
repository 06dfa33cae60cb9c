"""Any input results in a request within the API's types and limits, or in problems at their fields."""

from __future__ import annotations

import json
import types
import typing
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.image_edit_params import ImageEditParamsBase
from openai.types.image_generate_params import ImageGenerateParamsBase
from openai.types.responses.response_create_params import ResponseCreateParamsBase

from components.parameters import (
    CATALOGUE,
    OPERATIONS,
    InputImage,
    Request,
    as_curl,
    as_n8n,
    as_python,
    cost,
    estimate,
    recipe,
    resolve,
)
from components.parameters.kinds import size_problem

TYPED = {
    "generate": typing.get_type_hints(ImageGenerateParamsBase),
    "edit": typing.get_type_hints(ImageEditParamsBase),
    "analyze": typing.get_type_hints(ResponseCreateParamsBase),
}
# What the types call int, the reference limits further.
RANGES = {
    "n": range(1, 11),
    "output_compression": range(0, 101),
    "partial_images": range(0, 4),
    "frame_count": range(2, 17),
    "frame_duration_ms": range(10, 655_351, 10),
    "max_output_tokens": range(16, 128_001),
}
PROMPT = {"dall-e-2": 1_000, "dall-e-3": 4_000}

HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**6000),
    st.floats(),
    st.text(max_size=30),
    st.just("x" * 40_000),
    st.just("\ud800"),
    st.binary(max_size=5),
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.integers(-2, 20).map(str),
    st.sampled_from(["auto", "default", "high", "png", "", " ", "٣", "1e3", "0x10", "1_0", "\x00", "1024x1024"]),
)
WORDS = ["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd", "default", "none"]
SANE: dict[str, st.SearchStrategy[Any]] = {
    "prompt": st.text(min_size=1, max_size=60),
    "text": st.text(min_size=1, max_size=60),
    "n": st.integers(1, 3) | st.sampled_from(["1", "2", "10"]),
    "size": st.sampled_from(["auto", "1024x1024", "1536x864", "1792x1024", "512x512", "1024 × 1536"]),
    "quality": st.sampled_from(WORDS),
    "output_format": st.sampled_from(["png", "jpeg", "webp", "gif", "svg"]),
    "output_compression": st.integers(0, 100),
    "background": st.sampled_from(["auto", "opaque", "transparent"]),
    "moderation": st.sampled_from(["auto", "low"]),
    "complexity": st.sampled_from(["default", "low", "high"]),
    "frame_count": st.integers(2, 16),
    "frame_duration_ms": st.integers(1, 65_535).map(lambda tens: tens * 10),
    "svg_model": st.sampled_from(["", "gpt-6.1-sol"]),
    "svg_reasoning_effort": st.sampled_from(["default", *WORDS]),
    "stream": st.booleans(),
    "partial_images": st.integers(0, 3),
    "response_url": st.booleans() | st.sampled_from(["on", "off"]),
    "output_field": st.sampled_from(["data", "image_1"]),
    "user": st.text(max_size=10),
    "style": st.sampled_from(["vivid", "natural", "default"]),
    "input_fidelity": st.sampled_from(["low", "high"]),
    "input_type": st.sampled_from(["files", "urls"]),
    "image_urls": st.sampled_from(["", "https://example.com/a.png", "https://a.b/c, https://d.e/f"]),
    "detail": st.sampled_from(["auto", "low", "high", "original"]),
    "max_output_tokens": st.integers(16, 128_000),
    "reasoning_effort": st.sampled_from(WORDS),
    "simplify": st.booleans(),
    "nonsense": HOSTILE,
}
OPERATION = st.sampled_from(sorted(OPERATIONS))
MODEL = st.sampled_from([*CATALOGUE, "a-team's-own"])


def images(least: int) -> st.SearchStrategy[tuple[InputImage, ...]]:
    """Images of any size, type and weight."""
    one = st.builds(
        InputImage,
        path=st.just(Path("in.png")),
        name=st.text(max_size=10),
        content_type=st.sampled_from(["image/png", "image/png", "image/webp", "image/gif", ""]),
        width=st.sampled_from([64, 64, 65]),
        height=st.just(64),
        bytes=st.sampled_from([1000, 1000, 4_000_000, 50_000_000]),
        sha256=st.just("0" * 64),
        has_alpha=st.booleans(),
    )
    return st.lists(one, min_size=least, max_size=3).map(tuple)


def inside(hint: Any, value: Any) -> bool:
    """Whether a value of the body is of a type as the openai package writes it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return any(inside(one, value) for one in arguments)
    if origin is typing.Required:
        return inside(arguments[0], value)
    if origin is Literal:
        return value in arguments
    if hasattr(hint, "__total__"):  # a TypedDict, of typing or of typing_extensions
        hints = typing.get_type_hints(hint)
        return isinstance(value, dict) and all(name in hints and inside(hints[name], value[name]) for name in value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(hint, type) and isinstance(value, hint)


def broken(request: Request) -> list[str]:
    """What in a request's body the API's types and limits do not allow."""
    hints = TYPED[request.operation]
    body = request.wire()
    wrong = [] if body.pop("stream", True) in {True, False} else ["stream"]
    # The types of edit do not know hd; the seed's models and a team's own may.
    own = request.model not in CATALOGUE
    for name, value in body.items():
        if name == "style" and request.operation == "edit" and own:
            continue
        if name == "quality" and value == "hd" and own:
            continue
        if name not in hints or not inside(hints[name], value):
            wrong.append(name)
        if name in RANGES and value not in RANGES[name]:
            wrong.append(name)
    limit = PROMPT.get(request.model, 32_000)
    if request.operation != "analyze" and not (body["prompt"].strip() and len(body["prompt"]) <= limit):
        wrong.append("prompt")
    return wrong


def check(operation: str, model: Any, raw: dict[str, Any], **files: Any) -> Request | None:
    """Resolve and see that the outcome is one of the two that there are; return the request if it is one."""
    outcome = resolve(operation, model, raw, **files)
    if isinstance(outcome, Request):
        assert not broken(outcome), (broken(outcome), outcome.wire())
        return outcome
    fields = {parameter.name for parameter in OPERATIONS[operation].parameters}
    assert outcome
    for problem in outcome:
        assert problem.parameter in fields
        assert problem.message.endswith(".")
        assert problem.message.isprintable()
        assert problem.message.encode()
        assert len(problem.message) < 400
    return None


@settings(max_examples=400)
@given(OPERATION, MODEL, st.fixed_dictionaries({}, optional=SANE), images(0), st.none() | images(1))
def test_sane_values(
    operation: str, model: str, raw: dict[str, Any], images: tuple[InputImage, ...], masks: Any
) -> None:
    """Any mix of values that some model takes gives a request inside the API's rules, or problems."""
    check(operation, model, raw, images=images, mask=masks[0] if masks else None)


@settings(max_examples=500)
@given(
    OPERATION,
    MODEL,
    st.fixed_dictionaries({}, optional={name: value | HOSTILE for name, value in SANE.items()}),
    images(0),
)
def test_hostile_values(operation: str, model: str, raw: dict[str, Any], images: tuple[InputImage, ...]) -> None:
    """No value of any type makes it raise, or slips past the limits."""
    check(operation, model, raw, images=images)


@given(OPERATION, HOSTILE)
def test_hostile_models(operation: str, model: Any) -> None:
    """Anything may stand where a model's name is expected."""
    check(operation, model, {"prompt": "a fox", "text": "what?"})


@settings(max_examples=300)
@given(OPERATION, MODEL, st.fixed_dictionaries({}, optional=SANE))
def test_what_resolves_can_be_written_down(operation: str, model: str, raw: dict[str, Any]) -> None:
    """A request that resolves has a recipe in JSON, exports that are text, and an estimate that is in order."""
    image = InputImage(Path("in.png"), "in.png", "image/png", 64, 64, 1000, "0" * 64, has_alpha=True)
    raw = {"prompt": "a fox", "text": "what?", **raw}
    request = check(operation, model, raw, images=() if operation == "generate" else (image,))
    if request is None:
        return
    json.dumps(recipe(request)).encode()
    compile(as_python(request), "export", "exec")
    as_curl(request).encode()
    json.dumps(as_n8n(request)).encode()
    guess = estimate(request)
    assert (guess.low is None) == (guess.high is None)
    assert guess.low is None or guess.high is None or 0 <= guess.low <= guess.high


COUNTED = ["input_tokens", "output_tokens", "input_tokens_details", "text_tokens", "cached_tokens", "model"]
ODD_JSON = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(list(CATALOGUE))
)
USAGE = st.recursive(ODD_JSON, lambda inner: st.dictionaries(st.sampled_from(COUNTED), inner), max_leaves=8)


@given(MODEL, USAGE, USAGE)
def test_no_usage_is_too_odd_to_count(model: str, usage: Any, author: Any) -> None:
    """Whatever a server writes as usage gives an amount that is not negative, or none."""
    amount = cost(model, usage, author)
    assert amount is None or (amount.is_finite() and amount >= 0)


def allowed(width: int, height: int) -> bool:
    """The reference's row "size", for models that take any size."""
    return (
        min(width, height) > 0
        and width % 16 == 0
        and height % 16 == 0
        and max(width, height) <= 3840
        and max(width, height) <= 3 * min(width, height)
        and 655_360 <= width * height <= 8_294_400
    )


EDGE = st.integers(0, 4200) | st.integers(0, 260).map(lambda steps: steps * 16)


@settings(max_examples=600)
@given(EDGE, EDGE)
def test_free_sizes(width: int, height: int) -> None:
    """A size resolves exactly when the reference's rules hold, and a refusal names the limit that it breaks."""
    outcome = resolve("generate", "gpt-image-2", {"prompt": "a fox", "size": f"{width}x{height}"})
    assert isinstance(outcome, Request) == allowed(width, height)
    if isinstance(outcome, Request):
        assert outcome.values["size"] == f"{width}x{height}"
        return
    assert [problem.parameter for problem in outcome] == ["size"]
    message = outcome[0].message
    assert message == size_problem(width, height)
    assert any(limit in message for limit in ("multiples of 16", "3840", "1:3 to 3:1", "655,360 and 8,294,400"))


@pytest.mark.parametrize(
    ("width", "height", "limit"),
    [
        (1000, 1008, "multiples of 16"),
        (0, 1024, "multiples of 16"),
        (3856, 1600, "3840"),
        (3072, 1008, "1:3 to 3:1"),
        (640, 1008, "655,360"),
        (3840, 2176, "8,294,400"),
        (1024, 640, None),
        (3840, 2160, None),
        (3072, 1024, None),
    ],
)
def test_sizes_at_the_limits(width: int, height: int, limit: str | None) -> None:
    """One step beyond each limit is refused in its name; on the limit is fine."""
    problem = size_problem(width, height)
    assert (problem is None) if limit is None else (problem is not None and limit in problem)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_the_nearest_size_is_a_multiple(width: int, height: int) -> None:
    """The size that a refusal proposes is one that the API takes."""
    problem = size_problem(width, height)
    if problem and "nearest" in problem:
        near = problem.rpartition(" ")[2].rstrip(".").split("x")
        assert allowed(int(near[0]), int(near[1]))
