"""What goes over the wire for every model of the catalogue, and what the form calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.parameters import CATALOGUE, OPERATIONS, InputImage, Request, applicable, resolve

OWN = "team-model-7"
MADE = [(op, model.id) for model in CATALOGUE.values() for op in sorted(model.operations) if op != "analyze"]
SEEN = [model.id for model in CATALOGUE.values() if "analyze" in model.operations]
ALL = [(op, model.id) for model in CATALOGUE.values() for op in sorted(model.operations)]
OWNS = [("generate", OWN), ("edit", OWN), ("analyze", OWN)]

PICTURE = InputImage(Path("in.png"), "in.png", "image/png", 64, 64, 1000, "0" * 64, has_alpha=True)

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
    images = () if operation == "generate" else (PICTURE,)
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
    request = resolve(operation, model, raw, images=() if operation == "generate" else (PICTURE,))
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
        request = resolve(operation, model, {**FULL, **change}, images=() if operation == "generate" else (PICTURE,))
        sent |= set(request.wire()) if isinstance(request, Request) else set()
        if model.startswith("dall-e"):
            raw = {**FULL, "quality": "standard", **change, "response_url": False}
            request = resolve(operation, model, raw, images=() if operation == "generate" else (PICTURE,))
            sent |= set(request.wire()) if isinstance(request, Request) else set()
    # dall-e-2 has one quality and dall-e-3 one picture, so those are always at their defaults.
    fixed = {"dall-e-2": {"quality"}, "dall-e-3": {"n"}}.get(model, set())
    # low is the API's own default, and the only choice of 1-mini.
    assert sent == taken(operation, model) - fixed - {"input_fidelity"}


@pytest.mark.parametrize(("operation", "model"), [*MADE, ("generate", OWN), ("edit", OWN)])
def test_defaults_are_not_sent(operation: str, model: str) -> None:
    """With nothing but a prompt, nothing but model and prompt is sent; dall-e is asked for data, not links."""
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


@pytest.mark.parametrize(("operation", "model"), [*ALL, *OWNS])
def test_every_parameter_of_the_form_has_a_word_of_help(operation: str, model: str) -> None:
    """Label, help and source are there, names are unique, and a default is one that its kind takes."""
    parameters = applicable(operation, model, {})
    assert len({one.name for one in parameters}) == len(parameters)
    for one in parameters:
        assert one.label.strip()
        assert one.help.endswith(".")
        assert one.source
        assert one.kind.parse(one.default) == one.default


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


@pytest.mark.parametrize(("operation", "model"), [("generate", "dall-e-2"), ("edit", "gpt-image-2")])
@pytest.mark.parametrize(
    ("raw", "field", "words"),
    [
        ({"prompt": ""}, "prompt", "Write something"),
        ({"prompt": " \n"}, "prompt", "Write something"),
        ({"prompt": "x" * 32_001}, "prompt", "32001 characters"),
        ({"n": 0}, "n", "from 1 to 10"),
        ({"n": 11}, "n", "from 1 to 10"),
        ({"n": "abc"}, "n", '"abc" is not a whole number'),
        ({"n": True}, "n", "whole number"),
        ({"n": 1.5}, "n", "whole number"),
        ({"size": "1000x1000"}, "size", "1000x1000"),
        ({"size": "4000x100"}, "size", "4000x100"),
        ({"size": "big"}, "size", "big"),
    ],
)
def test_bad_input_is_refused_at_its_field(
    operation: str, model: str, raw: dict[str, Any], field: str, words: str
) -> None:
    """Bad input gives one problem, at the field it belongs to, in words that name the limit."""
    images = (PICTURE,) if operation == "edit" else ()
    problems = resolve(operation, model, {"prompt": "a fox", **raw}, images=images)
    assert not isinstance(problems, Request)
    assert [problem.parameter for problem in problems] == [field]
    assert words in problems[0].message


@pytest.mark.parametrize(
    ("model", "raw", "fields"),
    [
        ("gpt-image-2", {"output_format": "jpeg", "output_compression": 101}, ["output_compression"]),
        ("gpt-image-2", {"output_format": "jpeg", "background": "transparent"}, ["background"]),
        ("gpt-image-2.6-flare", {"output_format": "svg", "n": 2}, ["n"]),
        ("gpt-image-2.6-flare", {"output_format": "svg", "svg_reasoning_effort": "low"}, ["svg_model"]),
        ("gpt-image-2.6-flare", {"output_format": "gif", "frame_duration_ms": 15}, ["frame_duration_ms"]),
        ("gpt-6.1-terra", {}, ["model"]),
        ("", {}, ["model"]),
        ("a b", {}, ["model"]),
        ("gpt-image-2", {"prompt": "", "n": 0, "quality": "hd"}, ["n", "prompt", "quality"]),
    ],
)
def test_all_problems_come_at_once(model: str, raw: dict[str, Any], fields: list[str]) -> None:
    """Every problem is told in one go, each with its field."""
    problems = resolve("generate", model, {"prompt": "a fox", **raw})
    assert not isinstance(problems, Request)
    assert sorted(problem.parameter for problem in problems) == fields


@pytest.mark.parametrize(
    ("model", "changes", "mask", "field"),
    [
        ("gpt-image-2", [], None, "image"),
        ("gpt-image-2", [{}] * 17, None, "image"),
        ("gpt-image-2", [{"content_type": "image/gif"}], None, "image"),
        ("gpt-image-2", [{"bytes": 50_000_000}], None, "image"),
        ("dall-e-2", [{}, {}], None, "image"),
        ("dall-e-2", [{"width": 65}], None, "image"),
        ("dall-e-2", [{"bytes": 4_000_000}], None, "image"),
        ("dall-e-2", [{"content_type": "image/webp"}], None, "image"),
        ("gpt-image-2", [{}], {"has_alpha": False}, "mask"),
        ("gpt-image-2", [{}], {"content_type": "image/jpeg"}, "mask"),
        ("gpt-image-2", [{}], {"width": 63}, "mask"),
        ("gpt-image-2", [{}], {"bytes": 4_000_000}, "mask"),
    ],
)
def test_pictures_are_checked(
    model: str, changes: list[dict[str, Any]], mask: dict[str, Any] | None, field: str
) -> None:
    """Pictures that the API would refuse are refused before anything is sent."""
    images = tuple(InputImage(**{**vars(PICTURE), **change}) for change in changes)
    overlay = None if mask is None else InputImage(**{**vars(PICTURE), **mask})
    problems = resolve("edit", model, {"prompt": "a fox"}, images=images, mask=overlay)
    assert not isinstance(problems, Request)
    assert {problem.parameter for problem in problems} == {field}


@pytest.mark.parametrize(
    ("operation", "model", "labels"),
    [
        ("analyze", "gpt-4o", ["Model", "Text input", "Input type", "Image URL(s)", "Image(s)", "Detail"]),
        ("analyze", "gpt-4o", ["Length of description (max tokens)", "Simplify output"]),
        ("generate", "dall-e-3", ["Model", "Prompt", "Size", "Quality", "Style", "Respond with image URL(s)"]),
        ("generate", "dall-e-3", ["Put output in field"]),
        ("edit", "gpt-image-1", ["Model", "Prompt", "Image(s)", "Number of images", "Size", "Quality"]),
        ("edit", "gpt-image-1", ["Output format", "Output compression", "Background", "Input fidelity"]),
        ("edit", "gpt-image-1", ["Image mask", "User"]),
    ],
)
def test_labels_are_those_of_the_seed(operation: str, model: str, labels: list[str]) -> None:
    """Who knows the n8n node finds each parameter under its name."""
    raw = {"input_type": "urls", "output_format": "jpeg"}
    assert set(labels) <= {one.label for one in applicable(operation, model, raw)}


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_the_default_model_can_do_it(operation: str) -> None:
    """An operation's default model is in the catalogue, can do it, and is not about to end."""
    model = CATALOGUE[OPERATIONS[operation].default_model]
    assert operation in model.operations
    assert model.shutdown is None
