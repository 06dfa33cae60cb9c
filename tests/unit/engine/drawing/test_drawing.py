"""Drawing: equal specs give equal pixels, every word shows, type can be read, all of it in bounded work and memory."""

from __future__ import annotations

import colorsys
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.engine.api.images.image_job import DETAIL
from components.engine.drawing import DrawSpec, build_scene, render
from components.engine.drawing.color import COLOR_NAMES, contrast
from components.engine.drawing.effects import STYLES
from components.engine.drawing.motifs import MOTIFS
from components.engine.drawing.raster import paint
from components.engine.lettering.fonts import FACES, covered
from tests.setup.environment import ROOT
from tests.support.work import within_lines

PLAIN = DrawSpec("a lighthouse at dusk", "gpt-image-2", 256, 256)
FOLDER = ROOT / "components/engine/lettering/fonts"


def _pixels(spec: DrawSpec, phase: float = 0.0) -> np.ndarray:
    return np.asarray(render(spec, phase=phase).convert("RGB"), dtype=int)


def _changed(one: np.ndarray, other: np.ndarray) -> float:
    """The share of pixels that differ by more than a person overlooks."""
    return float((np.abs(one - other).max(axis=2) > 24).mean())


def test_equal_specs_give_equal_pixels() -> None:
    """Nothing but the spec steers chance, not what was drawn before."""
    first = _pixels(PLAIN)
    _pixels(replace(PLAIN, prompt="something else"))
    assert np.array_equal(first, _pixels(PLAIN))


@pytest.mark.parametrize(
    ("change", "least"),
    [
        ({"prompt": "a lighthouse at noon"}, 0.3),
        ({"prompt": "a bathhouse at dusk"}, 0.3),
        ({"prompt": "a lighthouse at dusk, watercolor"}, 0.3),
        ({"index": 1}, 0.3),
        ({"model": "gpt-image-1"}, 0.2),
        ({"style": "natural"}, 0.2),
        ({"detail": 1.9}, 0.001),
    ],
)
def test_what_is_asked_changes_the_image(change: dict[str, Any], least: float) -> None:
    """One other word, another model, place among n, style or quality changes a visible share of the pixels."""
    assert _changed(_pixels(PLAIN), _pixels(replace(PLAIN, **change))) > least


@pytest.mark.parametrize("prompt", ["a red teapot", "a lighthouse at dusk", "", "isometric city", "sea", "qqx"])
def test_the_images_of_one_request_differ(prompt: str) -> None:
    """Any two of the first four differ in more than a third of their pixels, and each has a motif of its own."""
    specs = [DrawSpec(prompt, "gpt-image-2", 192, 192, index) for index in range(4)]
    images = [_pixels(spec) for spec in specs]
    pairs = [(a, b) for place, a in enumerate(images) for b in images[:place]]
    assert min(_changed(a, b) for a, b in pairs) > 0.3
    assert len({build_scene(spec).motif for spec in specs}) == 4


def test_quality_keeps_the_composition() -> None:
    """Quality changes detail and surface: nearly the same image when it is looked at from afar."""
    small = [
        np.asarray(render(replace(PLAIN, detail=DETAIL[quality])).resize((8, 8)), dtype=int)
        for quality in ("low", "max")
    ]
    assert np.abs(small[0] - small[1]).mean() < 20


@pytest.mark.parametrize("name", ["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"])
@pytest.mark.parametrize("index", range(4))
def test_a_color_word_sets_the_dominant_color(name: str, index: int) -> None:
    """The saturated pixels' mean has the named hue in each image of a request."""
    values = _pixels(DrawSpec(f"a {name} teapot", "gpt-image-2", 96, 96, index)).reshape(-1, 3)
    spread = values.max(axis=1) - values.min(axis=1)
    mean = (values * spread[:, None]).sum(axis=0) / spread.sum() / 255
    hue, wanted = (colorsys.rgb_to_hsv(*color)[0] for color in (mean, np.array(COLOR_NAMES[name]) / 255))
    assert min(abs(hue - wanted), 1 - abs(hue - wanted)) < 0.11


def test_times_and_moods_show() -> None:
    """Night is darker than noon, storm paler in color than a party, noir without any."""
    night, noon, party, storm, noir = (
        _pixels(replace(PLAIN, prompt=f"a house, {word}")) for word in ("midnight", "noon", "party", "storm", "noir")
    )
    saturation = [float((image.max(axis=2) - image.min(axis=2)).mean()) for image in (party, storm, noir)]
    assert night.mean() < noon.mean() * 0.6
    assert saturation[0] > saturation[1] > saturation[2]
    assert saturation[2] < 3


@pytest.mark.parametrize("style", [*STYLES, "minimal", "isometric", "3d", "papercut"])
def test_every_style_shows(style: str) -> None:
    """Each style word gives another image than the same words without it do, at odd sizes too."""
    for width, height in ((160, 160), (240, 80), (80, 240)):
        spec = DrawSpec(f"a fox, {style}", "gpt-image-2", width, height)
        image = render(spec)
        assert (image.size, image.mode) == ((width, height), "RGB")
        plain = replace(build_scene(spec).words, style="")
        bare = paint(build_scene(spec, words=plain), width, height)
        assert _changed(np.asarray(image, dtype=int), np.asarray(bare, dtype=int)) > 0.01
        assert np.asarray(image).std() > 4


@pytest.mark.parametrize("material", ["wooden", "marble", "concrete", "golden", "glass", "woolen"])
def test_every_material_shows(material: str) -> None:
    """Each kind of texture changes the art."""
    spec = DrawSpec(f"a {material} box", "gpt-image-2", 128, 128)
    scene = build_scene(spec)
    assert scene.words.texture
    assert _changed(_pixels(spec), _pixels(replace(spec, prompt="a box"))) > 0.2


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_every_motif_moves_in_a_loop(motif: str) -> None:
    """Each fills its area, moves between phase 0 and 1, and ends where it began."""
    for index in range(len(MOTIFS)):
        spec = replace(PLAIN, width=128, height=128, index=index)
        if build_scene(spec).motif == motif:
            break
    assert build_scene(spec).motif == motif
    still, moved, ended = (_pixels(spec, phase) for phase in (0.0, 0.3, 1.0))
    assert not np.array_equal(still, moved)
    assert np.abs(still - ended).mean() < 0.5


@pytest.mark.parametrize("size", [(400, 400), (600, 400), (400, 600), (720, 240), (240, 720)])
@pytest.mark.parametrize("prompt", ["a red teapot", 'a sign "OPEN LATE", blueprint', "mosaic, dark green"])
def test_the_headline_can_be_read(prompt: str, size: tuple[int, int]) -> None:
    """Headlines are large, inside the page, and differ from what is behind them by a ratio of at least 3."""
    for index in range(5):
        spec = DrawSpec(prompt, "gpt-image-2", *size, index)
        scene, image = build_scene(spec), render(spec).convert("RGB")
        heads = [text for text in scene.texts if text.face != "text"]
        assert heads
        assert all(text.size > 40 for text in heads)
        scale = min(size) / 1000
        for text in heads:
            top, bottom = round((text.y - text.size * 0.6) * scale), round((text.y - text.size * 0.1) * scale)
            assert 0 <= top < bottom <= size[1]
            strip = np.asarray(image.crop((0, top, size[0], bottom)), dtype=int)
            assert (np.abs(strip - text.color).max(axis=2) < 60).mean() > 0.015
        assert all(contrast(text.color, scene.palette.ground) >= 4.5 for text in heads)


def test_quoted_words_are_the_headline() -> None:
    """What stands in quotes leads; the rest of the prompt follows in small type; the engine says what it is."""
    texts = build_scene(replace(PLAIN, prompt='A shop window in winter that says "Fresh bread"')).texts
    heads = " ".join(text.text for text in texts if text.face != "text")
    assert heads.lower() == "fresh bread"
    assert [text.text for text in texts if text.face == "text"][:2] == ["A shop window in winter", "built-in engine"]


def test_long_prompts_have_a_hierarchy() -> None:
    """A clause as headline, the rest smaller, all of it on the page."""
    prompt = "A cabin in the mountains, " + "smoke rising from the chimney and a dog on the porch, " * 12
    for index in range(5):
        scene = build_scene(replace(PLAIN, prompt=prompt, index=index))
        heads = [text for text in scene.texts if text.face != "text"]
        assert " ".join(text.text for text in heads).lower() == "a cabin in the mountains"
        assert max(text.size for text in scene.texts if text.face == "text") < min(text.size for text in heads)
        assert all(0 < text.y < scene.height for text in scene.texts)


@pytest.mark.parametrize(
    ("prompt", "letter"), [("Красная площадь", "щ"), ("Größe", "ö"), ("a fox 🦊", "🦊"), ("Λόγος", "Λ")]
)
def test_scripts_have_letters(prompt: str, letter: str) -> None:
    """Cyrillic, Greek, accents and emoji come along; they need no font of the machine."""
    files = [*FACES.values(), "NotoEmoji-Bold.ttf"]
    assert any(ord(letter) in covered(name) for name in files)
    texts = build_scene(replace(PLAIN, prompt=prompt)).texts
    assert letter.lower() in " ".join(text.text for text in texts).lower()


def test_a_script_without_a_font_is_named() -> None:
    """Letters that no font has leave the composition and a note, not boxes."""
    texts = build_scene(replace(PLAIN, prompt="\U00013080\U00013081")).texts
    assert [text.text for text in texts if "no font" in text.text]


def test_fonts_are_small_and_licensed() -> None:
    """Under one megabyte, with the license text beside them."""
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_000_000
    assert "SIL OPEN FONT LICENSE" in (FOLDER / "OFL.txt").read_text("utf-8")


@pytest.mark.parametrize("prompt", ["a robot", "a green frog, watercolor", ""])
def test_a_transparent_image_is_cut_out(prompt: str) -> None:
    """The poster has an outline; nothing is in the corners, nothing see-through in the middle."""
    alpha = np.asarray(render(DrawSpec(prompt, "gpt-image-2", 200, 128, transparent=True)).getchannel("A"))
    assert not alpha[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert alpha[64, 100] == 255
    assert 0.3 < (alpha > 128).mean() < 0.9


ODD = ("", "🦊🌙", "猫", "x" * 30_000, "\x00\ud800", '"', "'''", '"\ud800\x07"', "0 0 0", "a cat's hat", "—", "مرحبا")


@pytest.mark.parametrize("prompt", ODD)
@pytest.mark.parametrize("size", [(64, 64), (1, 1), (16, 48)])
def test_any_prompt_draws(prompt: str, size: tuple[int, int]) -> None:
    """Nothing that can be typed makes drawing fail, at any size."""
    assert render(DrawSpec(prompt, "gpt-image-2", *size)).size == size
    assert isinstance(render(DrawSpec(prompt, "gpt-image-2", *size, transparent=True)), Image.Image)


@pytest.mark.parametrize("quality", ["low", "medium", "high", "max"])
@pytest.mark.parametrize("prompt", ["a meadow full of flowers", "a snowy pine forest", "watercolor city at night"])
def test_drawing_has_no_loop_over_pixels(prompt: str, quality: str) -> None:
    """1024x1024 takes fewer lines of Python than it has pixels, at every quality."""
    spec = DrawSpec(prompt, "gpt-image-2.6-sunburst", 1024, 1024, detail=DETAIL[quality])
    assert within_lines(500_000, lambda: render(spec)).size == (1024, 1024)


@pytest.mark.parametrize("prompt", ["watercolor hills", "risograph tiger"])
def test_the_largest_image_takes_bounded_memory(prompt: str) -> None:
    """8.3 megapixels: NumPy holds at most some 40 bytes a pixel at a time."""
    tracemalloc.start()
    try:
        assert render(DrawSpec(prompt, "gpt-image-2", 3840, 2160)).size == (3840, 2160)
        assert tracemalloc.get_traced_memory()[1] < 40 * 3840 * 2160
    finally:
        tracemalloc.stop()
