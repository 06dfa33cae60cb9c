"""What goes over the wire for every model of the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.parameters import CATALOGUE, InputImage, Request, applicable, resolve

OWN = "team-model-7"
MADE = [(op, model.id) for model in CATALOGUE.values() for op in sorted(model.operations) if op != "analyze"]
SEEN = [model.id for model in CATALOGUE.values() if "analyze" in model.operations]
ALL = [(op, model.id) for model in CATALOGUE.values() for op in sorted(model.operations)]
OWNS = [("generate", OWN), ("edit", OWN), ("analyze", OWN)]

IMAGE = InputImage(Path("in.png"), "in.png", "image/png", 64, 64, 1000, "0" * 64, has_alpha=True)

# Names on the wire, by family, straight from the reference's table; what is not here must never be sent.
COMMON = {"model", "prompt", "n", "size", "quality"}
GPT = COMMON | {"output_format", "output_compression", "background", "stream", "partial_images", "safety_identifier"}
NEWEST = GPT | {"complexity", "frame_count", "frame_duration_ms", "svg"}
TAKES = {
    "dall-e-2": COMMON | {"response_format", "user"},
    "dall-e-3": COMMON | {"response_format", "user", "style"},
    "gpt-image-2.6": NEWEST,
    "gpt-image": GPT,
    "chatgpt-image": GPT,
}
FIDELITY = {"gpt-image-1", "gpt-image-1.5", "gpt-image-1-mini"}

# One hostile bag: every parameter of every model away from its default.
FULL: dict[str, Any] = {
    "prompt": "a fox",
    "n": 1,
    "size": "1024x1024",
    "quality": "high",
    "output_format": "webp",
    "output_compression": 40,
    "background": "opaque",
    "moderation": "low",
    "complexity": "low",
    "frame_count": 4,
    "frame_duration_ms": 100,
    "svg_model": "gpt-6.1-terra",
    "svg_reasoning_effort": "low",
    "stream": True,
    "partial_images": 2,
    "response_url": True,
    "output_field": "image",
    "user": "someone",
    "input_fidelity": "low",
    "style": "natural",
}


def taken(operation: str, model: str) -> set[str]:
    """The names that a model takes, by the reference."""
    names = next(names for prefix, names in TAKES.items() if model.startswith(prefix))
    if model.startswith(("gpt-image", "chatgpt-image")) and operation == "generate":
        names = names | {"moderation"}
    if model in FIDELITY and operation == "edit":
        names = names | {"input_fidelity"}
    return names


def ask(operation: str, model: str, **raw: Any) -> Request:
    """A request that must resolve."""
    needed = {"text": "what?"} if operation == "analyze" else {"prompt": "a fox"}
    images = () if operation == "generate" else (IMAGE,)
    request = resolve(operation, model, {**needed, **raw}, images=images)
    assert isinstance(request, Request), request
    return request


@pytest.mark.parametrize(("operation", "model"), MADE)
@pytest.mark.parametrize("output_format", ["png", "webp", "gif", "svg"])
def test_only_what_the_model_takes_is_sent(operation: str, model: str, output_format: str) -> None:
    """With every parameter of every model given, a request carries those of its own model alone."""
    raw = {**FULL, "output_format": output_format}
    if model.startswith("dall-e"):
        raw["quality"] = "standard"
    request = resolve(operation, model, raw, images=() if operation == "generate" else (IMAGE,))
    if output_format in {"gif", "svg"} and not model.startswith(("gpt-image-2.6", "dall-e")):
        assert not isinstance(request, Request)
        assert [problem.parameter for problem in request] == ["output_format"]
        return
    assert isinstance(request, Request), request
    assert set(request.wire()) <= taken(operation, model)


@pytest.mark.parametrize(("operation", "model"), MADE)
def test_everything_the_model_takes_is_sent_when_set(operation: str, model: str) -> None:
    """Each parameter away from its default reaches the wire, for the formats where it means something."""
    sent: set[str] = set()
    formats = [{"output_format": name} for name in ("webp", "gif", "svg")] + [{"n": 2}, {"quality": "hd"}]
    for change in [{}, {"size": "512x512"}, {"size": "1792x1024", "quality": "hd"}, *formats]:
        request = resolve(operation, model, {**FULL, **change}, images=() if operation == "generate" else (IMAGE,))
        sent |= set(request.wire()) if isinstance(request, Request) else set()
        if model.startswith("dall-e"):
            raw = {**FULL, "quality": "standard", **change, "response_url": False}
            request = resolve(operation, model, raw, images=() if operation == "generate" else (IMAGE,))
            sent |= set(request.wire()) if isinstance(request, Request) else set()
    # dall-e-2 has one quality and dall-e-3 one image, so those are always at their defaults.
    fixed = {"dall-e-2": {"quality"}, "dall-e-3": {"n"}}.get(model, set())
    # low is the API's own default, and the only choice of 1-mini.
    assert sent == taken(operation, model) - fixed - {"input_fidelity"}


@pytest.mark.parametrize(("operation", "model"), [*MADE, ("generate", OWN), ("edit", OWN)])
def test_defaults_are_not_sent(operation: str, model: str) -> None:
    """With nothing but a prompt, nothing but model and prompt is sent; dall-e requests data, not links."""
    expected = {"model": model, "prompt": "a fox"}
    if model.startswith("dall-e"):
        expected["response_format"] = "b64_json"
    assert ask(operation, model).wire() == expected


@pytest.mark.parametrize(("operation", "model"), [*ALL, *OWNS])
def test_giving_every_default_by_hand_changes_nothing(operation: str, model: str) -> None:
    """A form that hands in all its values asks the same as one that hands in none."""
    plain = ask(operation, model)
    given = {one.name: one.default for one in applicable(operation, model, {}) if not one.required}
    assert ask(operation, model, **given).wire() == plain.wire()


@pytest.mark.parametrize(
    ("model", "raw", "expected"),
    [
        ("gpt-image-2", {"n": "3"}, {"n": 3}),
        ("gpt-image-2", {"size": "1536 × 864"}, {"size": "1536x864"}),
        ("gpt-image-2", {"user": "u1"}, {"safety_identifier": "u1"}),
        ("gpt-image-1", {"user": " u1 "}, {"safety_identifier": "u1"}),
        ("dall-e-3", {"user": "u1"}, {"user": "u1", "response_format": "b64_json"}),
        (OWN, {"user": "u1"}, {"user": "u1"}),
        ("dall-e-2", {"response_url": True}, {}),
        ("dall-e-3", {"response_url": "on"}, {}),
        (
            "dall-e-3",
            {"style": "natural", "quality": "hd", "response_url": True},
            {"style": "natural", "quality": "hd"},
        ),
        (OWN, {"response_url": True}, {"response_format": "url"}),
        (OWN, {"style": "vivid"}, {"style": "vivid"}),
        ("gpt-image-2", {"partial_images": 2}, {"partial_images": 2, "stream": True}),
        ("gpt-image-2", {"stream": True}, {"stream": True}),
        ("gpt-image-2", {"output_format": "png", "output_compression": 3}, {}),
        ("gpt-image-2", {"output_format": "jpeg", "output_compression": 0}, {"output_compression": 0}),
        ("gpt-image-2.6-flare", {"output_format": "gif", "frame_count": 4}, {"frame_count": 4}),
        ("gpt-image-2.6-flare", {"output_format": "gif", "partial_images": 3, "stream": True}, {}),
        ("gpt-image-2.6-flare", {"output_format": "svg"}, {}),
        (
            "gpt-image-2.6-flare",
            {"output_format": "svg", "svg_model": "gpt-6.1-sol", "svg_reasoning_effort": "none"},
            {"svg": {"model": "gpt-6.1-sol", "reasoning": {"effort": "none"}}},
        ),
        ("gpt-image-2.6-flare", {"output_format": "svg", "svg_model": "m"}, {"svg": {"model": "m"}}),
        ("gpt-image-2.6-flare", {"complexity": "default"}, {}),
    ],
)
def test_single_values(model: str, raw: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each value arrives under the name and in the shape that the API has for it, and nothing beside it."""
    body = ask("generate", model, **raw).wire()
    for name in ("model", "prompt"):
        del body[name]
    if "output_format" in raw and raw["output_format"] != "png":
        assert body.pop("output_format") == raw["output_format"]
    assert body == expected


def test_high_fidelity_is_sent() -> None:
    """Input fidelity leaves only where a model takes it and it is not the API's default."""
    assert ask("edit", "gpt-image-1", input_fidelity="high").wire()["input_fidelity"] == "high"
    assert "input_fidelity" not in ask("edit", "gpt-image-2", input_fidelity="high").wire()


@pytest.mark.parametrize("word", ["default", "auto", "true", "None"])
def test_a_prompt_may_be_any_word(word: str) -> None:
    """A text that happens to be the word of a default is still a text."""
    assert ask("generate", "gpt-image-2", prompt=word, user=word).wire() == {
        "model": "gpt-image-2",
        "prompt": word,
        "safety_identifier": word,
    }


@pytest.mark.parametrize("model", [*SEEN, OWN])
def test_analyze_says_what_it_must(model: str) -> None:
    """An analysis always carries the length, streams, and lets only models that reason know how long to."""
    body = ask("analyze", model, max_output_tokens="300").wire()
    expected: dict[str, Any] = {"model": model, "max_output_tokens": 300, "stream": True}
    if model.startswith(("gpt-5", "gpt-6")):
        expected["reasoning"] = {"effort": "none"}
    assert body == expected


def test_an_answer_that_is_not_streamed_is_asked_for() -> None:
    """The form's own default is to stream, so turning it off is said."""
    assert ask("analyze", "gpt-6.1-terra", stream=False).wire()["stream"] is False


@pytest.mark.parametrize("effort", ["minimal", "low", "medium", "high", "xhigh", "max"])
@pytest.mark.parametrize("model", ["gpt-6.1-terra", OWN])
def test_a_chosen_effort_is_sent(model: str, effort: str) -> None:
    """Any effort reaches a model that reasons, and a team's own when it was chosen for it."""
    assert ask("analyze", model, reasoning_effort=effort).wire()["reasoning"] == {"effort": effort}


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1-mini"])
def test_no_effort_for_models_that_do_not_reason(model: str) -> None:
    """A model that does not reason is never sent an effort, whatever was chosen before."""
    assert "reasoning" not in ask("analyze", model, reasoning_effort="high").wire()


def test_images_go_only_where_they_are_taken() -> None:
    """Images, mask and markup that a form still holds stay out of a request that does not take them."""
    made = resolve("generate", "gpt-image-2", {"prompt": "a fox"}, images=(IMAGE,), mask=IMAGE, markup=IMAGE)
    assert isinstance(made, Request)
    assert (made.images, made.mask, made.markup) == ((), None, None)
    raw = {"text": "what?", "input_type": "urls", "image_urls": "https://example.com/a.png"}
    seen = resolve("analyze", "gpt-6.1-terra", raw, images=(IMAGE,))
    assert isinstance(seen, Request)
    assert seen.images == ()
    changed = resolve("edit", "gpt-image-2", {"prompt": "a fox"}, images=(IMAGE,), markup=IMAGE)
    assert isinstance(changed, Request)
    assert (changed.images, changed.markup) == ((IMAGE,), None)


@pytest.mark.parametrize(("size", "sent"), [("512x512", "512x512"), ("1000 x 333", "1000x333"), ("auto", None)])
@pytest.mark.parametrize("operation", ["generate", "edit"])
def test_a_teams_own_model_takes_any_size(operation: str, size: str, sent: str | None) -> None:
    """Nobody here knows the limits of a model that is not in the catalogue, so none are set."""
    assert ask(operation, OWN, size=size).wire().get("size") == sent


@pytest.mark.parametrize("quality", ["low", "xhigh", "max", "standard", "hd"])
@pytest.mark.parametrize("output_format", ["jpeg", "gif", "svg"])
def test_a_teams_own_model_takes_every_choice(quality: str, output_format: str) -> None:
    """Whatever any known model takes can be sent to a team's own."""
    body = ask("generate", OWN, quality=quality, output_format=output_format).wire()
    assert (body["quality"], body["output_format"]) == (quality, output_format)
