"""Measured checks: what passes, what fails, and what is not judged, on images made for it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from components.checks import ASKED_KINDS, ERROR, FAIL, KINDS, NOT_JUDGED, PASS, read_settings
from components.checks.definitions import mend_prompt
from components.checks.measure import MEASURES, Subject, measure
from components.images import ocr


def subject(folder: Path, image: Image.Image, *, name: str = "image.png", **more: Any) -> Subject:
    """Return an image as a check sees it, by default one that gpt-image-1 was asked for without further values."""
    path = folder / name
    image.save(path)
    known = {"operation": "generate", "model": "gpt-image-1", "values": {}, "facts": {}, "max_pixels": 1_000_000}
    return Subject(path, "png", image.width, image.height, **{**known, **more})


def plain(color: Any = "red", size: tuple[int, int] = (40, 20), mode: str = "RGB") -> Image.Image:
    """Return an image of one color."""
    return Image.new(mode, size, color)


def status(kind: str, of: Subject, **settings: Any) -> str:
    """Return how a check ends."""
    return measure(kind, of, settings).status


def test_size_and_format_are_compared_with_the_request(tmp_path: Path) -> None:
    """The size of the request, and the format that is asked for by default too; "auto" asks for no size."""
    assert status("size", subject(tmp_path, plain(), values={"size": "40x20"})) == PASS
    wrong = measure("size", subject(tmp_path, plain(), values={"size": "20x40"}), {})
    assert (wrong.status, wrong.detail) == (FAIL, "requested 20x40, returned 40x20")
    assert status("size", subject(tmp_path, plain())) == NOT_JUDGED
    assert status("format", subject(tmp_path, plain())) == PASS
    assert status("format", subject(tmp_path, plain(), values={"output_format": "webp"})) == FAIL
    assert status("format", subject(tmp_path, plain(), model="dall-e-3")) == NOT_JUDGED


def test_transparency_counts_where_it_was_asked_for(tmp_path: Path) -> None:
    """A quarter of the pixels is clear; faint ones, with alpha 1, are not."""
    image = plain((255, 0, 0, 1), mode="RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 20, 10))
    asked = subject(tmp_path, image, values={"background": "transparent"})
    assert measure("transparent", asked, {"least": 25.0}).score == 0.25
    assert status("transparent", asked, least=25.0) == PASS
    assert status("transparent", asked, least=26.0) == FAIL
    assert status("transparent", subject(tmp_path, image), least=25.0) == NOT_JUDGED
    opaque = subject(tmp_path, plain(), values={"background": "transparent"})
    assert status("transparent", opaque, least=1.0) == FAIL


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"changed_outside": 0.01}, PASS),
        ({"changed_outside": 0.02}, FAIL),
        ({"kept_outside": True}, PASS),
        ({"other_framing": "another shape"}, NOT_JUDGED),
        ({}, NOT_JUDGED),
    ],
)
def test_what_changed_outside_the_mask_is_that_of_the_saved_edit(
    tmp_path: Path, facts: dict[str, Any], expected: str
) -> None:
    """The measure of the edit's comparison is taken; without one nothing is judged."""
    assert status("outside", subject(tmp_path, plain(), facts=facts), most=1.0) == expected


def test_the_distance_to_a_reference(tmp_path: Path) -> None:
    """The same image at another size has no distance, black to white all of it; a lost reference is not judged."""
    reference = tmp_path / "reference.png"
    plain("black", (90, 30)).save(reference)
    same = measure("distance", subject(tmp_path, plain("black"), reference=reference), {"most": 0.0})
    far = measure("distance", subject(tmp_path, plain("white"), reference=reference), {"most": 99.0})
    assert (same.status, same.score, far.status, far.score) == (PASS, 0.0, FAIL, 1.0)
    assert status("distance", subject(tmp_path, plain()), most=50.0) == NOT_JUDGED


def test_the_share_of_a_color(tmp_path: Path) -> None:
    """Half the image is nearly the color; what is transparent counts nowhere."""
    image = plain((200, 40, 45))
    image.paste("blue", (0, 0, 20, 20))
    found = measure("color", subject(tmp_path, image), {"color": "#d03030", "least": 50.0})
    assert found.status == PASS
    assert found.score == pytest.approx(0.5, abs=0.03)
    assert status("color", subject(tmp_path, image), color="#00ff00", least=1.0) == FAIL
    clear = plain((0, 0, 255, 0), mode="RGBA")
    clear.paste((208, 48, 48, 255), (0, 0, 4, 20))
    assert status("color", subject(tmp_path, clear), color="#d03030", least=90.0) == PASS
    assert status("color", subject(tmp_path, plain((0, 0, 255, 0), mode="RGBA")), color="#0000ff", least=1.0) == FAIL


def test_text_is_read_only_where_the_extra_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without rapidocr nothing is judged; with it, case and spaces do not count."""
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    assert status("text", subject(tmp_path, plain()), text="Hello") == NOT_JUDGED
    monkeypatch.setattr(ocr, "is_installed", lambda: True)
    monkeypatch.setattr(ocr, "_reader", lambda: lambda _: SimpleNamespace(txts=("HEL", "lo world")))
    assert status("text", subject(tmp_path, plain()), text="Hello World") == PASS
    assert status("text", subject(tmp_path, plain()), text="Goodbye") == FAIL


def test_what_cannot_be_opened_is_an_error_of_its_check(tmp_path: Path) -> None:
    """A broken file, one of too many pixels, a drawing in SVG and an unknown kind never raise."""
    broken = subject(tmp_path, plain(), values={"background": "transparent"})
    broken.path.write_bytes(broken.path.read_bytes()[:60])
    for kind, settings in (("transparent", {"least": 1.0}), ("color", {"color": "#ffffff", "least": 1.0})):
        assert measure(kind, broken, settings).status == ERROR
    large = subject(tmp_path, plain(), max_pixels=10)
    assert status("color", large, color="#ffffff", least=1.0) == ERROR
    drawing = Subject(tmp_path / "a.svg", "svg", 9, 9, "generate", "m", {}, {}, 10)
    assert status("color", drawing, color="#ffffff", least=1.0) == NOT_JUDGED
    assert status("later", drawing) == ERROR


@pytest.mark.parametrize(
    ("kind", "raw", "field", "words"),
    [
        ("text", {"text": "  "}, "text", "Enter the text"),
        ("text", {"text": "a" * 1001}, "text", "1,001 characters"),
        ("transparent", {"least": 101}, "least", "from 0 to 100"),
        ("transparent", {"least": float("nan")}, "least", "from 0 to 100"),
        ("transparent", {"least": None}, "least", "from 0 to 100"),
        ("color", {"color": "reddish", "least": 5}, "color", "not a color"),
        ("distance", {"most": 5}, "reference", "Choose the image"),
    ],
)
def test_bad_settings_are_said_at_their_field(kind: str, raw: dict[str, Any], field: str, words: str) -> None:
    """Empty text, a share that is none, an unknown color and a missing reference."""
    (problem,) = read_settings(KINDS[kind], raw)[1]
    assert problem.parameter == field
    assert words in problem.message


def test_every_measure_has_a_definition_and_a_way_to_mend() -> None:
    """Each kind is measured, and its failure makes a sentence with its settings, braces in a text unharmed."""
    assert {*MEASURES, *ASKED_KINDS} == set(KINDS)
    settings = {
        "least": 5.0,
        "most": 1.0,
        "color": "#d03030",
        "text": "{detail}",
        "reference": "r",
        "question": "Is it?",
    }
    prompt = mend_prompt([(kind, settings, "asked 1x1") for kind in KINDS])
    assert len(prompt.splitlines()) == 1 + len(KINDS)
    assert "exactly “{detail}”" in prompt
    assert "#d03030 for at least 5%" in prompt
