"""Recipes inside picture files: in and out again, with everything else in the file as it was."""

from __future__ import annotations

import io
import json
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageChops, ImageSequence

from components.images.recipes import recipe_in, recipe_length, with_recipe
from components.images.recipes.notation import MOST_BYTES

SAMPLES = Path(__file__).parents[1] / "samples"
RECIPE: dict[str, Any] = {
    "image_workbench": 1,
    "operation": "generate",
    "model": "gpt-image-2",
    "values": {"prompt": "Ein “Fuchs” & <ein> 'Bär'\n\t]]> -- \x00\x7f \ud83e \U0001f98a", "n": 2},
    "inputs": [],
}
OTHER = {**RECIPE, "values": {"prompt": "something else"}}
LONG = {**RECIPE, "values": {"prompt": "🦊<&>" * 8_000}}
THEIR_XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>theirs</dc:format></rdf:Description></rdf:RDF>'
    b'</x:xmpmeta><?xpacket end="w"?>'
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


def photo(mode: str = "RGB", size: tuple[int, int] = (61, 47)) -> Image.Image:
    """A small picture with detail."""
    with Image.open(SAMPLES / "astronaut.png") as opened:
        small = opened.convert("RGB").resize(size)
    if mode == "RGBA":
        small.putalpha(Image.linear_gradient("L").resize(size))
    return small.convert(mode)


def file_of(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """The bytes of a file."""
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def exif() -> Image.Exif:
    """EXIF data with a description in it."""
    found = Image.Exif()
    found[0x010E] = "theirs"
    return found


def chunk(name: bytes, data: bytes) -> bytes:
    """A PNG chunk."""
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def with_chunk(png: bytes, *chunks: bytes) -> bytes:
    """A PNG with more chunks after its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def frames() -> list[Image.Image]:
    """Three frames of an animation."""
    return [ImageChops.offset(photo(), 5 * place) for place in range(3)]


ICC = b"a profile " * 20_000
PICTURES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "png": ("png", lambda: file_of(photo(), "PNG")),
    "png with alpha": ("png", lambda: file_of(photo("RGBA"), "PNG")),
    "png palette, interlaced data": ("png", lambda: file_of(photo("P"), "PNG", transparency=0)),
    "png, much in it": ("png", lambda: file_of(photo(), "PNG", exif=exif(), icc_profile=ICC)),
    "png animated": ("png", lambda: file_of(frames()[0], "PNG", save_all=True, append_images=frames()[1:])),
    "png with provenance": ("png", lambda: with_chunk(file_of(photo(), "PNG"), chunk(b"caBX", b"jumb" * 30_000))),
    "jpeg": ("jpeg", lambda: file_of(photo(), "JPEG")),
    "jpeg grey": ("jpg", lambda: file_of(photo("L"), "JPEG")),
    "jpeg progressive": ("jpeg", lambda: file_of(photo(), "JPEG", progressive=True, exif=exif(), icc_profile=ICC)),
    "jpeg with their xmp": ("jpeg", lambda: file_of(photo(), "JPEG", exif=exif(), xmp=THEIR_XMP)),
    "jpeg of a camera": ("jpeg", lambda: (SAMPLES / "grace_hopper.jpg").read_bytes()),
    "webp": ("webp", lambda: file_of(photo(), "WEBP")),
    "webp lossless": ("webp", lambda: file_of(photo("RGBA"), "WEBP", lossless=True)),
    "webp with their xmp": (
        "webp",
        lambda: file_of(photo("RGBA"), "WEBP", exif=exif(), icc_profile=ICC, xmp=THEIR_XMP),
    ),
    "webp animated": ("webp", lambda: file_of(frames()[0], "WEBP", save_all=True, append_images=frames()[1:])),
    "gif": ("gif", lambda: file_of(photo("P"), "GIF")),
    "gif animated": (
        "gif",
        lambda: file_of(frames()[0], "GIF", save_all=True, append_images=frames()[1:], comment="x"),
    ),
    "gif 87a": ("gif", lambda: b"GIF87a" + file_of(photo("P"), "GIF")[6:]),
}
SVGS = {
    "plain": SVG,
    "declared": f'\ufeff<?xml version="1.0"?>\n<!-- a <svg> of ours -->\n<!DOCTYPE svg [<!ENTITY a "b">]>\n{SVG}',
    "empty": '<svg xmlns="http://www.w3.org/2000/svg" data-a="1 > 0"/>\n',
    "with a prefix": '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:metadata>theirs</s:metadata></s:svg>',
}


def put(path: Path, image_format: str, recipe: dict[str, Any]) -> bytes:
    """The file with the recipe; its length is as told, and no piece too long."""
    pieces = list(with_recipe(path, image_format, recipe))
    assert max(map(len, pieces)) <= 1024 * 1024
    made = b"".join(pieces)
    assert recipe_length(path, image_format, recipe) == len(made)
    return made


# Where a recipe is seen; a GIF with a comment is of the later version.
_OURS = {"image-workbench", "xmp", "comment", "version"}


def seen(data: bytes) -> tuple[list[bytes], dict[str, Any]]:
    """All frames' pixels, and what else there is to know."""
    with Image.open(io.BytesIO(data)) as image:
        known = {name: value for name, value in image.info.items() if name not in _OURS}
        known |= {"size": image.size, "exif": dict(image.getexif())}
        return [frame.convert("RGBA").tobytes() for frame in ImageSequence.Iterator(image)], known


@pytest.mark.parametrize("recipe", [RECIPE, LONG], ids=["short", "long"])
@pytest.mark.parametrize("name", PICTURES)
def test_in_and_out_again(tmp_path: Path, name: str, recipe: dict[str, Any]) -> None:
    """The recipe is read as it was written; pixels, frames and other metadata are the same; the file is untouched."""
    image_format, make = PICTURES[name]
    path, copy = tmp_path / "original", tmp_path / "copy.bin"
    before = make()
    path.write_bytes(before)
    assert recipe_in(path) is None
    copy.write_bytes(put(path, image_format, recipe))
    assert path.read_bytes() == before
    assert recipe_in(copy) == recipe
    after = copy.read_bytes()
    assert seen(after) == seen(before)
    for theirs in (b"theirs", b"jumb" * 30_000):
        assert after.count(theirs) == before.count(theirs)


@pytest.mark.parametrize("name", PICTURES)
def test_the_newest_recipe_wins(tmp_path: Path, name: str) -> None:
    """A recipe in place of another leaves nothing of it, whatever their lengths."""
    image_format, make = PICTURES[name]
    path, again = tmp_path / "one", tmp_path / "two"
    path.write_bytes(make())
    once = put(path, image_format, OTHER)
    for recipe in (RECIPE, LONG, RECIPE, OTHER):
        again.write_bytes(put(path, image_format, recipe))
        assert recipe_in(again) == recipe
        path.write_bytes(again.read_bytes())
    assert path.read_bytes() == once


@pytest.mark.parametrize("recipe", [RECIPE, LONG], ids=["short", "long"])
@pytest.mark.parametrize("name", SVGS)
def test_svg(tmp_path: Path, name: str, recipe: dict[str, Any]) -> None:
    """The rest of the text is the same, sign by sign, but for an empty root, which is closed."""
    path, copy = tmp_path / "a.svg", tmp_path / "b.svg"
    path.write_text(SVGS[name], "utf-8", newline="")
    for one in (OTHER, recipe):
        copy.write_bytes(put(path, "svg", one))
        assert recipe_in(copy) == one
        path.write_bytes(copy.read_bytes())
    text = copy.read_bytes().decode()
    start, end = text.index("metadata id=") - 1, text.index("}", text.rindex("prompt"))
    start = text.rindex("<", 0, start + 1)
    end = text.index(">", text.index("</", end)) + 1
    rest = text[:start] + text[end:]
    assert rest in (SVGS[name], SVGS[name].replace("/>\n", "></svg>\n"))


def test_what_other_programs_see(tmp_path: Path) -> None:
    """Pillow reads the recipe where the formats' specifications put it."""
    texts = {}
    for name in ("png", "jpeg", "webp", "gif", "jpeg with their xmp"):
        image_format, make = PICTURES[name]
        path = tmp_path / "a"
        path.write_bytes(make())
        with Image.open(io.BytesIO(put(path, image_format, OTHER))) as image:
            image.load()
            texts[name] = image.info
    prompt = '"prompt":"something else"'
    assert prompt in texts["png"]["image-workbench"]
    assert texts["gif"]["comment"].startswith(b"image-workbench:{")
    for name in ("jpeg", "webp", "jpeg with their xmp"):
        assert prompt.encode() in texts[name]["xmp"]
    assert b"theirs" in texts["jpeg with their xmp"]["xmp"]


def test_their_long_xmp_stays(tmp_path: Path) -> None:
    """A packet that is nearly full, or says that it goes on elsewhere, keeps all of its own."""
    path, copy = tmp_path / "a.jpg", tmp_path / "b.jpg"
    full = THEIR_XMP.replace(b"theirs", b"theirs " * 9_000)
    extended = THEIR_XMP.replace(b" xmlns:dc", b' xmlns:xmpNote="n" xmpNote:HasExtendedXMP="AB" xmlns:dc')
    for theirs in (full, extended):
        for recipe in (RECIPE, LONG):
            path.write_bytes(file_of(photo(), "JPEG", xmp=theirs))
            if theirs is extended and recipe is LONG:
                continue  # there is one extension at most, and it is theirs
            copy.write_bytes(put(path, "jpeg", recipe))
            assert recipe_in(copy) == recipe
            assert b"theirs" in copy.read_bytes()


@pytest.mark.parametrize(
    "chunked",
    [
        chunk(b"zTXt", b"image-workbench\0\0" + zlib.compress(json.dumps(OTHER).encode())),
        chunk(b"tEXt", b"image-workbench\0" + json.dumps(OTHER).encode()),
        chunk(b"iTXt", b"image-workbench\0\x01\0de\0Rezept\0" + zlib.compress(json.dumps(OTHER).encode())),
    ],
    ids=["zTXt", "tEXt", "iTXt compressed"],
)
def test_a_png_that_another_program_wrote_anew(tmp_path: Path, chunked: bytes) -> None:
    """The recipe is found in every kind of text chunk, and replaced there."""
    path = tmp_path / "a.png"
    path.write_bytes(with_chunk(file_of(photo(), "PNG"), chunked))
    assert recipe_in(path) == OTHER
    path.write_bytes(put(path, "png", RECIPE))
    assert recipe_in(path) == RECIPE
    assert path.read_bytes().count(b"image-workbench") == 1


def test_xmp_that_another_program_wrote_anew(tmp_path: Path) -> None:
    """The recipe is found by its namespace, whatever prefix, quotes and form a program gives it."""
    path = tmp_path / "a.webp"
    text = json.dumps(OTHER).replace("&", "&amp;").replace('"', "&quot;")
    namespace = "https://image-workbench.invalid/ns/1.0/"
    for packet in (
        THEIR_XMP.replace(b"<dc:format>", f"<q:recipe xmlns:q='{namespace}'>{text}</q:recipe><dc:format>".encode()),
        THEIR_XMP.replace(b" xmlns:dc", f" xmlns:q='{namespace}' q:recipe='{text}' xmlns:dc".encode()),
    ):
        path.write_bytes(file_of(photo(), "WEBP", xmp=packet))
        assert recipe_in(path) == OTHER


def test_bare_json(tmp_path: Path) -> None:
    """A file of nothing but the recipe is read; other JSON is none."""
    path = tmp_path / "a.json"
    for text, expected in (
        (json.dumps(RECIPE), RECIPE),
        ("\ufeff \n" + json.dumps(RECIPE, indent=2), RECIPE),
        ('{"prompt": "a fox"}', None),
        ('{"image_workbench": true}', None),
        ('{"image_workbench": 1, "x": NaN}', None),
        ("[1]", None),
        ("{" * 200_000, None),
        ('{"image_workbench": 1, "a": ' + "[" * 200_000 + "]" * 200_000 + "}", None),
        ('{"image_workbench": 1, "a": 1' + "0" * 9_000 + "}", None),
        ('{"image_workbench": 1, "a": "' + "x" * MOST_BYTES + '"}', None),
    ):
        path.write_text(text, "utf-8")
        assert recipe_in(path) == expected


BOMB = zlib.compress(b'{"image_workbench": 1, "a": "' + b"x" * 50_000_000 + b'"}')
LAUGHS = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;'>]>" + THEIR_XMP.split(b"?>", 1)[
    1
].replace(b"<dc:format>", b"<q:recipe xmlns:q='https://image-workbench.invalid/ns/1.0/'>&c;</q:recipe><dc:format>")
HOSTILE = {
    "a compressed bomb": lambda: with_chunk(file_of(photo(), "PNG"), chunk(b"zTXt", b"image-workbench\0\0" + BOMB)),
    "broken compression": lambda: with_chunk(file_of(photo(), "PNG"), chunk(b"zTXt", b"image-workbench\0\0nonsense")),
    "a text chunk cut off": lambda: with_chunk(file_of(photo(), "PNG"), chunk(b"iTXt", b"image-workbench\0\0")),
    "no utf-8": lambda: with_chunk(file_of(photo(), "PNG"), chunk(b"iTXt", b"image-workbench\0\0\0\0\0\xff\xfe")),
    "a chunk of 4 GB": lambda: file_of(photo(), "PNG")[:33] + b"\xff\xff\xff\xffIDAT",
    "entities": lambda: file_of(photo(), "WEBP", xmp=LAUGHS),
    "a webp chunk of 4 GB": lambda: b"RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff" + b"\0" * 90,
    "a webp of nothing": lambda: b"RIFF\x04\0\0\0WEBP",
    "a jpeg of markers": lambda: b"\xff\xd8" + b"\xff" * 200_000,
    "a jpeg segment of nothing": lambda: b"\xff\xd8\xff\xe1\0\0" * 100,
    "a gif without an end": lambda: b"GIF89a" + b"\0" * 7 + b"\x21\xfe" + b"\xff" * 2_000_000,
    "an svg tag without an end": lambda: b"<svg " + b"a='" * 300_000,
    "a doctype without an end": lambda: b"<!DOCTYPE svg [" + b"<" * 300_000,
    "metadata after metadata": lambda: b"<svg>" + b"<metadata id=" * 100_000,
    "nothing": lambda: b"",
    "zeros": lambda: b"\0" * 5_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(tmp_path: Path, name: str) -> None:
    """Nothing is found, nothing raised, little memory taken; a recipe may go in or not."""
    path = tmp_path / "a"
    path.write_bytes(HOSTILE[name]())
    tracemalloc.start()
    assert recipe_in(path) is None
    for image_format in ("png", "jpeg", "webp", "gif", "svg", "bmp"):
        assert recipe_length(path, image_format, OTHER) == len(b"".join(with_recipe(path, image_format, OTHER)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16_000_000


@pytest.mark.parametrize("name", ["png, much in it", "jpeg with their xmp", "webp with their xmp", "gif animated"])
def test_files_that_break_off(tmp_path: Path, name: str) -> None:
    """Cut off at any place, a file gives its recipe, or none, and takes one or comes as it is."""
    image_format, make = PICTURES[name]
    path, cut = tmp_path / "a", tmp_path / "b"
    path.write_bytes(make())
    whole = put(path, image_format, OTHER)
    places = [*range(min(len(whole), 1_500)), *range(1_500, len(whole), 997)]
    for place in places:
        cut.write_bytes(whole[:place])
        assert recipe_in(cut) in (None, OTHER)
        again = b"".join(with_recipe(cut, image_format, RECIPE))
        assert recipe_length(cut, image_format, RECIPE) == len(again)


def test_what_takes_no_recipe_comes_as_it_is(tmp_path: Path) -> None:
    """Another format, a file that is not what it is said to be, and a recipe without end change nothing."""
    path = tmp_path / "a"
    path.write_bytes(file_of(photo(), "BMP"))
    endless = {**RECIPE, "values": {"prompt": "x" * (MOST_BYTES + 1)}}
    for image_format, recipe in (("bmp", RECIPE), ("png", RECIPE), ("svg", RECIPE), ("png", endless)):
        assert put(path, image_format, recipe) == path.read_bytes()


JSONS = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**60), 2**60)
    | some.text()
    | some.floats(allow_nan=False, width=16),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=9), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: "inf" not in repr(value))


@pytest.fixture(scope="module")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small file of each format."""
    folder = tmp_path_factory.mktemp("files")
    made = {"svg": SVG.encode()}
    for image_format in ("png", "jpeg", "webp", "gif"):
        made[image_format] = file_of(photo(size=(3, 2)), image_format)
    for image_format, data in made.items():
        (folder / image_format).write_bytes(data)
    return {image_format: folder / image_format for image_format in made}


@given(values=some.dictionaries(some.text(max_size=20), JSONS, max_size=4))
def test_any_recipe(small_files: dict[str, Path], values: dict[str, Any]) -> None:
    """Whatever is in a recipe comes out of every format as it went in."""
    recipe = {**RECIPE, "values": values}
    for image_format, path in small_files.items():
        copy = path.with_suffix(".copy")
        copy.write_bytes(put(path, image_format, recipe))
        assert recipe_in(copy) == recipe


def test_a_large_picture_is_never_in_memory(tmp_path: Path) -> None:
    """A PNG of 40 MB takes and gives its recipe in less than 8 MB."""
    path, copy = tmp_path / "a.png", tmp_path / "b.png"
    noise = np.random.default_rng(1).integers(0, 256, (3_600, 3_700, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, "PNG", compress_level=0)
    assert path.stat().st_size > 39_000_000
    del noise
    tracemalloc.start()
    with copy.open("wb") as target:
        for piece in with_recipe(path, "png", LONG):
            target.write(piece)
    assert recipe_in(copy) == LONG
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000
