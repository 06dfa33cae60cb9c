"""What is refused: at its field, in words that name the limit, everything at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from components.parameters import (
    CATALOGUE,
    OPERATIONS,
    Choice,
    InputImage,
    Integer,
    Request,
    Size,
    Text,
    applicable,
    resolve,
)

PICTURE = InputImage(Path("in.png"), "in.png", "image/png", 64, 64, 1000, "0" * 64, has_alpha=True)
ALL = [(op, model.id) for model in CATALOGUE.values() for op in sorted(model.operations)]


FIELDS = ("size", "quality", "n", "response_url")


def refused(operation: str, model: str, *, images: tuple[InputImage, ...] | None = None, **raw: Any) -> dict[str, str]:
    """The messages by field of a request that must not resolve."""
    if images is None:
        images = () if operation == "generate" else (PICTURE,)
    problems = resolve(operation, model, {"prompt": "a fox", "text": "what?", **raw}, images=images)
    assert not isinstance(problems, Request), problems.wire()
    assert len({problem.parameter for problem in problems}) == len(problems)
    return {problem.parameter: problem.message for problem in problems}


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


@pytest.mark.parametrize(("operation", "model"), ALL)
def test_one_step_beyond_any_limit_of_any_model_is_refused(operation: str, model: str) -> None:
    """For every parameter of every model, what lies next to its limits is refused at its field, naming the limit."""
    needed = {"prompt": "a fox", "text": "what?"}
    images = () if operation == "generate" else (PICTURE,)
    for output_format in ("png", "jpeg", "gif", "svg"):
        takes = {one.name for one in applicable(operation, model, {})}
        others = {**needed, **({"output_format": output_format} if "output_format" in takes else {})}
        for one in applicable(operation, model, others):
            for value, limit in beyond(one.kind):
                problems = resolve(operation, model, {**others, one.name: value}, images=images)
                assert not isinstance(problems, Request), (one.name, value)
                messages = [problem.message for problem in problems if problem.parameter == one.name]
                assert len(messages) == 1, (one.name, value)
                assert limit in messages[0]


def beyond(kind: Any) -> list[tuple[Any, str]]:
    """Values just outside of a kind, and what the message must name."""
    if isinstance(kind, Integer):
        limits = str(kind.minimum) if kind.minimum == kind.maximum else f"from {kind.minimum} to {kind.maximum}"
        nothing = [None, "", "abc", "1_0", 1.5, True, [1], float("inf"), float("nan"), "1" * 5000]
        return [(value, limits) for value in [kind.minimum - kind.step, kind.maximum + kind.step, *nothing]]
    if isinstance(kind, Choice):
        words = ", ".join(kind.options)
        return [(value, words) for value in [None, "", "ultra", kind.options[0].upper(), 1, [kind.options[0]]]]
    if isinstance(kind, Size):
        words = "1536x864" if kind.free else ", ".join(kind.choices)
        return [(value, words) for value in [None, "", "big", "1024", "1024x", "-1x5", 1024]]
    if type(kind) is Text and kind.max_length is not None:
        return [("x" * (kind.max_length + 1), str(kind.max_length))]
    return []


@pytest.mark.parametrize("value", [None, "", " ", "abc", "1_0", "0x10", "1e3", 1.5, True, [1], b"1", object()])
def test_no_number_is_made_of_what_is_none(value: Any) -> None:
    """What is no whole number is refused in a sentence with the limits."""
    assert "a whole number from 1 to 10" in refused("generate", "gpt-image-2", n=value)["n"]


@pytest.mark.parametrize("value", ["4", " 4 ", "+4", 4, 4.0])
def test_numbers_may_come_as_text(value: Any) -> None:
    """Widgets, links and files give numbers in several forms."""
    request = resolve("generate", "gpt-image-2", {"prompt": "a fox", "n": value})
    assert isinstance(request, Request)
    assert request.n == 4


@pytest.mark.parametrize("value", [["a", "fox"], {"a": "fox"}, b"a fox", True, "a \0 fox", "\ud800"])
def test_a_prompt_is_text(value: Any) -> None:
    """What is no text is not silently written out as one, and characters that nothing can carry are refused."""
    assert set(refused("generate", "gpt-image-2", prompt=value)) == {"prompt"}


def test_messages_can_be_shown() -> None:
    """Whatever a value was, its message is one short line of characters that any page can show."""
    for value, field in product(["\ud800", "a\x00b\x1b", "x" * 10_000, 10**6000, "[a](http://b)\n\n# c"], FIELDS):
        message = refused("generate", "team-model", **{field: value})[field]
        assert message.encode()
        assert message.isprintable()
        assert len(message) < 250


def test_the_model_argument_counts() -> None:
    """A model's name in the raw values is not looked at beside the one that is asked for."""
    assert isinstance(resolve("generate", "gpt-image-2", {"prompt": "a fox", "model": ["?"]}), Request)


@pytest.mark.parametrize(
    ("model", "size", "words"),
    [
        ("gpt-image-2", "1000x1000", "multiples of 16; the nearest is 992x992"),
        ("gpt-image-2", "4000x100", "multiples of 16."),
        ("gpt-image-2", "4000x4000", "longest edge may have 3840"),
        ("gpt-image-2", "1600x320", "1:3 to 3:1"),
        ("gpt-image-2", "640x640", "between 655,360 and 8,294,400"),
        ("gpt-image-1", "1536x864", "auto, 1024x1024, 1536x1024, 1024x1536"),
        ("dall-e-2", "auto", "256x256, 512x512, 1024x1024"),
        ("dall-e-3", "512x512", "1024x1024, 1792x1024, 1024x1792"),
        ("team-model", "0x512", "from 1 to 99,999 pixels"),
        ("team-model", "100000x512", "from 1 to 99,999 pixels"),
        ("team-model", "big", "not a size"),
    ],
)
def test_sizes_name_the_limit_they_break(model: str, size: str, words: str) -> None:
    """A size that is refused says which limit it breaks, and what would be right where that can be said."""
    assert words in refused("generate", model, size=size)["size"]


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("https://a.b/c.png", ["https://a.b/c.png"]),
        ("https://a.b/c.png, https://d.e/f.png", ["https://a.b/c.png", "https://d.e/f.png"]),
        ("https://a.b/c.png,HTTPS://d.e/f.png,", ["https://a.b/c.png", "HTTPS://d.e/f.png"]),
        (" https://a.b/1\n\nhttps://a.b/2 \r\n", ["https://a.b/1", "https://a.b/2"]),
        ("https://a.b/w_300,h_300/c.png", ["https://a.b/w_300,h_300/c.png"]),
        ("data:image/png;base64,AAAA,https://a.b/c", ["data:image/png;base64,AAAA", "https://a.b/c"]),
        (["https://a.b/1", "https://a.b/2"], ["https://a.b/1", "https://a.b/2"]),
    ],
)
def test_addresses_are_read_as_people_write_them(text: Any, urls: list[str]) -> None:
    """Commas or lines part addresses; a comma inside an address does not."""
    request = resolve("analyze", "gpt-4o", {"input_type": "urls", "image_urls": text})
    assert isinstance(request, Request), request
    assert list(request.values["image_urls"]) == urls


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Add an image"),
        (None, "Add an image"),
        (" , ,", "Add an image"),
        ("ftp://a.b/c.png", "http://"),
        ("https://a.b/c.png,ftp://d.e/f.png", "Address 2"),
        ("a.png", "http://"),
        ("https://", "http://"),
        ("https://a.b:99999/c", "cannot be read"),
        ("https://[::1/c", "cannot be read"),
        ("javascript:alert(1)", "http://"),
        ("data:text/html;base64,AAAA", "not of a picture"),
        ("https://a.b/" + "c" * 2000, "2000 characters"),
        (" ".join(f"https://a.b/{place}" for place in range(21)), "at most 20"),
        ({"url": "https://a.b/c"}, "must be text"),
        ([["https://a.b/c"]], "must be text"),
        ("https://a.b/\ud800", "broken"),
    ],
)
def test_bad_addresses_are_refused_at_their_field(text: Any, words: str) -> None:
    """An address that no server could fetch is named with its place, before anything is sent."""
    problems = refused("analyze", "gpt-4o", input_type="urls", image_urls=text, images=())
    assert list(problems) == ["image_urls"]
    assert words in problems["image_urls"]


def test_no_picture_to_look_at() -> None:
    """A question without a picture is refused at the field where pictures go."""
    assert refused("analyze", "gpt-4o", images=()) == {"image": "Add a picture to look at first."}
    assert "at most 20" in refused("analyze", "gpt-4o", images=(PICTURE,) * 21)["image"]


@pytest.mark.parametrize(
    ("model", "output_format", "changes", "field", "words"),
    [
        ("gpt-image-2.5-flare", "png", {}, "markup", "cannot go together"),
        ("gpt-image-2.6-flare", "gif", {}, "mask", "gif there can be no mask"),
        ("gpt-image-2.6-flare", "png", {"width": 63}, "markup", "63x64, the first picture 64x64"),
        ("gpt-image-2.6-flare", "png", {"has_alpha": False}, "markup", "no alpha"),
        ("gpt-image-2.6-flare", "png", {"content_type": "image/webp"}, "markup", "must be a PNG, not webp"),
        ("gpt-image-2.6-flare", "png", {"bytes": 50_000_000}, "markup", "50 MB; it must be under 50 MB"),
    ],
)
def test_overlays(model: str, output_format: str, changes: dict[str, Any], field: str, words: str) -> None:
    """A mask and markup exclude each other and the formats that cannot have them; markup must fit its picture."""
    problems = resolve(
        "edit",
        model,
        {"prompt": "a fox", "output_format": output_format},
        images=(PICTURE,),
        mask=None if changes else PICTURE,
        markup=replace(PICTURE, **changes) if output_format != "gif" else None,
    )
    assert not isinstance(problems, Request)
    assert [problem.parameter for problem in problems] == [field]
    assert words in problems[0].message


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_an_unknown_operation_is_a_mistake_of_the_program(operation: str) -> None:
    """Only the program names operations, so a wrong one raises; a model for something else is told to the person."""
    with pytest.raises(KeyError):
        resolve(operation.upper(), "gpt-image-2", {})
    other = "gpt-image-2" if operation == "analyze" else "gpt-4o"
    assert f"{other} cannot {operation}" in refused(operation, other)["model"]
