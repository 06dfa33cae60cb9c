"""Images as files: SVG that is well-formed vectors, GIFs that keep their frames, links that die, partial images."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from components.engine.api.errors import RequestError
from components.engine.api.images.encoding import Encoding, encode, encode_animation, partial_image
from components.engine.api.state import LIFETIME, MOST, Links
from components.engine.drawing import SOFTWARE, DrawSpec, describe, trace_svg, write_svg
from components.engine.drawing.effects import STYLES
from components.engine.drawing.motifs import MOTIFS
from components.images.decoding.probe import inspect

SVG = "{http://www.w3.org/2000/svg}"


SPEC = DrawSpec("a cat", "gpt-image-2.6-flare", 300, 200)
CASES = [
    *(replace(SPEC, index=index) for index in range(len(MOTIFS))),
    *(replace(SPEC, prompt=f"a cat, {style}") for style in sorted(STYLES)),
    replace(SPEC, transparent=True),
    replace(SPEC, prompt="a cat in the rain at night, 3d"),
    replace(SPEC, prompt="مرحبا <&> 🦊"),
]


@pytest.mark.parametrize("spec", CASES)
def test_svg_is_well_formed_vectors(spec: DrawSpec, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every reference has its definition, nothing is embedded, numbers are finite, and our own check takes it."""
    data = write_svg(spec)
    root = ElementTree.fromstring(data)
    assert root.get("viewBox") == "0 0 1500 1000"
    assert root.findtext(f"{SVG}desc") == SOFTWARE
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    text = data.decode()
    used = {part.partition(")")[0] for part in text.split("url(#")[1:]}
    used |= {part.partition('"')[0] for part in text.split('href="#')[1:]}
    assert used <= ids
    assert not re.search(r"\b(nan|inf)\b", text)
    assert len(list(root.iter(f"{SVG}path"))) > 5
    assert not list(root.iter(f"{SVG}image"))
    path = tmp_path_factory.mktemp("svg") / "a.svg"
    path.write_bytes(data)
    found = inspect(path, max_pixels=1_000_000)
    assert (found.format, found.width, found.height) == ("svg", 300, 200)


def test_svg_escapes_the_prompt() -> None:
    """What a person typed cannot become markup."""
    data = write_svg(replace(SPEC, prompt='<script>alert("&")</script> "<b>&"'))
    root = ElementTree.fromstring(data)
    assert not [element for element in root.iter() if element.tag.endswith(("script", "}b"))]


def test_a_traced_image_keeps_its_colors() -> None:
    """Edits as SVG are flat pieces; what is see-through stays away."""
    image = Image.new("RGBA", (80, 60), (200, 30, 30, 255))
    image.paste((0, 0, 0, 0), (0, 0, 40, 60))
    root = ElementTree.fromstring(trace_svg(image, replace(SPEC, width=80, height=60)))
    fills = {element.get("fill") for element in root.iter(f"{SVG}polygon")}
    assert "#c81e1e" in fills
    assert (root.get("width"), root.get("height")) == ("80", "60")


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "gif"])
def test_each_file_says_what_drew_it(format: str) -> None:
    """The sentence is in every file's metadata."""
    data = encode(Image.new("RGB", (20, 20), (9, 99, 199)), Encoding(format))
    assert SOFTWARE.encode() in data
    assert Image.open(io.BytesIO(data)).format == format.upper()


def test_lossless_formats_keep_every_pixel() -> None:
    """PNG and WebP at 100 with transparency; PNG exactly."""
    values = np.random.default_rng(0).integers(0, 256, (40, 40, 4), dtype=np.uint8)
    kept = Image.open(io.BytesIO(encode(Image.fromarray(values), Encoding("png"))))
    assert np.array_equal(np.asarray(kept), values)
    assert Image.open(io.BytesIO(encode(Image.fromarray(values), Encoding("webp")))).mode == "RGBA"


def test_equal_frames_are_kept() -> None:
    """Pillow would drop frames that equal the one before; the number that was requested is given."""
    still = Image.new("RGB", (30, 30), (10, 200, 30))
    image = Image.open(io.BytesIO(encode_animation([still] * 5, Encoding("gif", frame_ms=40))))
    assert getattr(image, "n_frames", 1) == 5


def test_links_die() -> None:
    """A link lives for 60 minutes; the oldest goes when there are too many."""
    now = [0.0]
    links = Links(lambda: now[0])
    path = links.keep(b"abc", "png").removeprefix("links/")
    now[0] = LIFETIME - 1
    assert links.find(path).body == b"abc"
    now[0] = LIFETIME
    with pytest.raises(RequestError) as raised:
        links.find(path)
    assert raised.value.status == 404
    first = links.keep(b"1", "png").removeprefix("links/")
    for _ in range(MOST):
        links.keep(b"2", "png")
    with pytest.raises(RequestError):
        links.find(first)


def test_partial_images_come_nearer() -> None:
    """Each partial image is nearer to the whole than the one before."""
    values = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    complete = Image.fromarray(values).resize((256, 256))
    away = [
        np.abs(np.asarray(partial_image(complete, share), dtype=int) - np.asarray(complete, dtype=int)).mean()
        for share in (0.25, 0.5, 0.75)
    ]
    assert away == sorted(away, reverse=True)


def test_the_revised_prompt_says_what_was_drawn() -> None:
    """What became of the words, honestly."""
    said = describe(replace(SPEC, prompt="a boat at dusk, watercolor."))
    assert said.startswith("a boat at dusk, watercolor. Set as a poster over an abstract composition of ")
    assert said.endswith("(watercolor, dusk).")


def test_an_svg_looks_like_its_pixels() -> None:
    """The same scene in both: the page's color and the number of headline letters that are outlines."""
    root = ElementTree.fromstring(write_svg(SPEC))
    assert not list(root.iter(f"{SVG}text"))
    labels = [element.get("aria-label", "") for element in root.iter(f"{SVG}g")]
    assert "built-in engine" in labels
    assert "a cat" in " ".join(labels).lower()
