"""Measuring images, putting measurements in words, filling schemas, counting tokens."""

from __future__ import annotations

import io
import math
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from components.engine.analysis.colors import color_name, main_colors
from components.engine.analysis.facts import answer_text, as_prompt, topics_of
from components.engine.analysis.filling import UNKNOWN_REASON, fill, judge, unjudged
from components.engine.analysis.measure import Measurement, measure
from components.engine.api.usage import drawing_tokens, input_image_tokens, text_tokens
from components.images import ocr
from components.ui.analyze.checklist import CHECKLIST_SCHEMA
from tests.wire.engine_fixtures import photo, png


def _measured(image: Image.Image, detail: str = "auto") -> Measurement:
    data = png(image)
    return measure(Image.open(io.BytesIO(data)), data, detail)


def test_size_shape_and_format() -> None:
    """Plain facts, exactly."""
    found = _measured(photo(192, 128))
    assert (found.format, found.width, found.height, found.frames) == ("PNG", 192, 128, 1)
    assert (found.orientation, found.ratio, found.transparent) == ("landscape", "3:2", None)


@pytest.mark.parametrize(
    ("size", "ratio"), [((100, 100), "1:1"), ((90, 160), "9:16"), ((1366, 768), "16:9"), ((100, 37), "about 3:1")]
)
def test_ratios(size: tuple[int, int], ratio: str) -> None:
    """The nearest ratio that has a name."""
    assert _measured(Image.new("RGB", size)).ratio == ratio


def test_colors_have_names_and_shares() -> None:
    """Two halves are half and half, and called what people call them."""
    image = Image.new("RGB", (100, 100), (47, 108, 205))
    image.paste((243, 213, 63), (0, 0, 100, 40))
    found = main_colors(image)
    assert [(one.name, round(one.share, 1)) for one in found] == [("blue", 0.6), ("yellow", 0.4)]


@pytest.mark.parametrize(
    ("color", "name"),
    [
        ((0, 0, 0), "black"),
        ((255, 255, 255), "white"),
        ((255, 0, 0), "red"),
        ((0, 90, 30), "dark green"),
        ((128, 128, 128), "gray"),
    ],
)
def test_color_names(color: tuple[int, int, int], name: str) -> None:
    """The nearest name."""
    assert color_name(color) == name


def test_brightness_contrast_sharpness() -> None:
    """Darker, flatter and blurred images measure lower."""
    plain = _measured(photo())
    assert _measured(photo().point(lambda v: v * 0.4)).brightness < plain.brightness * 0.5
    assert _measured(photo().point(lambda v: 100 + v * 0.2)).contrast < plain.contrast * 0.5
    assert _measured(photo().filter(ImageFilter.GaussianBlur(3))).sharpness < plain.sharpness * 0.5
    assert _measured(photo().convert("L")).saturation == 0


def test_transparency() -> None:
    """The share of what is see-through."""
    image = Image.new("RGBA", (100, 100), (200, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 100, 25))
    assert _measured(image).transparent == pytest.approx(0.25)


def test_photograph_drawing_text() -> None:
    """Statistics tell a page of text from a flat drawing and a photograph."""
    page = Image.new("RGB", (400, 400), (255, 255, 255))
    for line in range(20):
        ImageDraw.Draw(page).text(
            (10, 10 + line * 19), "the quick brown fox jumps over the lazy dog " * 2, fill=(0, 0, 0)
        )
    drawing = Image.new("RGB", (200, 200), (240, 200, 90))
    ImageDraw.Draw(drawing).ellipse((40, 40, 160, 160), fill=(60, 90, 200))
    assert "text" in _measured(page).kind
    assert "drawing" in _measured(drawing).kind
    assert "photograph" in _measured(photo()).kind


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_every_mode_is_measured(mode: str) -> None:
    """Whatever Pillow opens; sixteen bits are not clipped to white."""
    if mode == "I;16":
        image = Image.fromarray(np.full((20, 20), 30_000, dtype=np.uint16))
    else:
        image = photo(20, 20).convert(mode)
    found = measure(image, b"", "high")
    assert all(math.isfinite(v) for v in (found.brightness, found.contrast, found.sharpness, found.symmetry))
    assert found.brightness < 0.9


def test_tiny_images() -> None:
    """One pixel has no edges and no sharpness, and is no reason to fail."""
    found = _measured(Image.new("RGB", (1, 1), (9, 9, 9)))
    assert (found.sharpness, found.edges) == (0, 0)


def test_questions_choose_topics() -> None:
    """A question's words say what is reported; a general one gets everything."""
    assert topics_of("How bright is it?") == {"brightness"}
    assert "colors" in topics_of("Which colours?")
    assert topics_of("What's in this image?") == frozenset()
    found = _measured(photo())
    assert "Contrast" not in answer_text("How bright is it?", [(found, "auto")], follow_up=False)
    assert "not an AI model" in answer_text("Hello", [], follow_up=False)


def test_a_description_as_prompt() -> None:
    """One line that can be drawn from, and says that the subject is not known."""
    text = answer_text(
        "Describe the image as one prompt that would let an image model make it",
        [(_measured(photo()), "auto")],
        follow_up=False,
    )
    assert text == as_prompt(_measured(photo()))
    assert "\n" not in text
    assert "subject unknown" in text


SCHEMAS: dict[str, tuple[dict[str, Any], Any]] = {
    "measurements": (
        {
            "type": "object",
            "properties": {
                "Width": {"type": "integer"},
                "height": {"type": "number"},
                "brightness": {"type": "string"},
                "format": {"enum": ["jpeg", "png", "webp"]},
                "dominant_colors": {"type": "array", "items": {"type": "string"}},
                "isSquare": {"type": "boolean"},
            },
        },
        {"Width": 40, "height": 40, "brightness": "very dark", "format": "png", "dominant_colors": ["navy"],
         "isSquare": True},
    ),
    "nothing known": (
        {
            "type": "object",
            "properties": {
                "brand": {"type": "string"},
                "count": {"type": "integer"},
                "safe": {"type": "boolean"},
                "owner": {"type": ["string", "null"]},
                "people": {"type": "array", "items": {"type": "object", "properties": {"age": {"type": "integer"}}}},
                "mood": {"enum": ["calm", "unknown"]},
                "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "reason": {"type": "string"},
            },
        },
        {"brand": None, "count": None, "safe": None, "owner": None, "people": None, "mood": "unknown", "maybe": None,
         "reason": UNKNOWN_REASON},
    ),
    "references": (
        {
            "type": "object",
            "properties": {"size": {"$ref": "#/$defs/size"}, "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
            "$defs": {"size": {"type": "object", "properties": {"width": {"type": "integer"}}}},
        },
        {"size": {"width": 40}, "next": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_filled(name: str) -> None:
    """Measured where a field's name is a measurement, and null elsewhere: never a made-up 0. All else is valid."""
    schema, expected = SCHEMAS[name]
    value = fill(schema, "", [_measured(Image.new("RGB", (40, 40), (23, 36, 77)))])
    assert value == expected
    errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
    assert [error.json_path for error in errors if error.instance is not None] == []
    assert set(unjudged(value)) == {name for name, inner in value.items() if inner is None}


def test_a_schema_that_points_to_itself_ends() -> None:
    """Without an end of its own it is cut off."""
    schema: dict[str, Any] = {"type": "object", "properties": {"again": {"$ref": "#"}}}
    assert isinstance(fill(schema, "", []), dict)


def test_checklists_are_judged_where_that_can_be_measured() -> None:
    """Numbered points give one verdict each; what cannot be measured is null, which is no verdict, with the reason."""
    schema = CHECKLIST_SCHEMA
    question = "Check this.\n\n1. Is the logo there?\n2. Is it square?\n3. Is it not blurred?"
    value = fill(
        schema,
        question,
        [_measured(Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)))],
    )
    assert [(one["number"], one["passed"]) for one in value["results"]] == [(1, None), (2, True), (3, True)]
    assert value["results"][0]["reason"] == UNKNOWN_REASON
    assert list(unjudged(value)) == ["results[0].passed"]
    assert judge("Is it square?", None)[0] is None


def test_tokens() -> None:
    """By the reference's formula where it has one, by plain rules elsewhere."""
    qualities = ("low", "medium", "high", "xhigh", "max")
    counted = [drawing_tokens("gpt-image-2.5-flare", 1024, 1024, quality) for quality in qualities]
    assert counted == [196, 439, 1756, 3122, 7024]
    assert drawing_tokens("gpt-image-1", 1024, 1024, "high") == 4160
    assert drawing_tokens("gpt-image-1", 1536, 1024, "high") == 6240
    assert (text_tokens(""), text_tokens("abc"), text_tokens("a" * 9)) == (0, 1, 3)
    assert (input_image_tokens(32, 33), input_image_tokens(4000, 4000)) == (2, 1536)


def test_the_text_in_an_image_is_quoted_where_an_ocr_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says that it was read by OCR; without one, a question for text counts as one about the image."""
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    unread = _measured(photo(192, 128))
    assert unread.text is None
    asked = "What text is written here?"
    assert answer_text(asked, [(unread, "auto")], follow_up=False) == answer_text(
        "Tell me about the kind of image", [(unread, "auto")], follow_up=False
    )
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    assert fill(schema, asked, [unread]) == {"text": None}
    monkeypatch.setattr(ocr, "is_installed", lambda: True)
    monkeypatch.setattr(ocr, "_reader", lambda: lambda _: SimpleNamespace(txts=('Fresh "bread"', "8")))
    read = _measured(photo(192, 128))
    assert "- **Text:** \"Fresh 'bread'\" (read by OCR, letters may be wrong)" in answer_text(
        asked, [(read, "low")], follow_up=False
    )
    assert fill(schema, asked, [read]) == {"text": 'Fresh "bread"'}
    monkeypatch.setattr(ocr, "_reader", lambda: lambda _: SimpleNamespace(txts=None))
    nothing = _measured(photo(192, 128))
    assert "none that OCR could read" in answer_text(asked, [(nothing, "low")], follow_up=False)
    assert fill(schema, asked, [nothing]) == {"text": ""}
