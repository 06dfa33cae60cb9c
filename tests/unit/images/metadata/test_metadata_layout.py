"""Where each format has its recipe: as its standard and other programs expect it, with all else unchanged."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from components.images.metadata import recipe_in
from tests.unit.images.odd_images import saved
from tests.unit.images.recipe_images import (
    APP11,
    ICC,
    IMAGES,
    LONG,
    PHOTO,
    PROVENANCE,
    RECIPE,
    SHORT,
    XMP,
    copy_with_recipe,
    frames,
    jpeg_segments,
    png_chunks,
    put,
    riff_chunks,
    segment,
)


@pytest.mark.parametrize("name", [name for name in IMAGES if name.endswith("png")])
def test_png_has_one_text_chunk_after_its_header(name: str, tmp_path: Path) -> None:
    """A PNG gets one chunk that Pillow reads too; all others stay."""
    data = copy_with_recipe(*put(name, tmp_path), RECIPE)
    before, after = png_chunks(IMAGES[name]), png_chunks(data)
    ours = after.pop(1)
    assert after == before
    assert (ours[4:8], ours[-4:]) == (b"iTXt", zlib.crc32(ours[4:-4]).to_bytes(4, "big"))
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert json.loads(image.text["image-workbench"]) == RECIPE  # type: ignore[attr-defined]
    assert (PROVENANCE in data) == name.startswith("described")


APP1 = b"\xff\xe1"
OURS = b"https://image-workbench.invalid/ns/1.0/\0"


def _recipe_segments(data: bytes) -> list[bytes]:
    """Return the parts of a recipe in a JPEG's segments."""
    found = [one for one in jpeg_segments(data) if one[:2] == APP1 and one[4:].startswith(OURS)]
    return [one[4 + len(OURS) :] for one in found]


@pytest.mark.parametrize("name", [name for name in IMAGES if name.endswith(("jpeg", "jpg"))])
def test_jpeg_keeps_its_segments_and_has_one_of_ours(name: str, tmp_path: Path) -> None:
    """A JPEG gets one segment, behind what must come first; all other segments stay."""
    data = copy_with_recipe(*put(name, tmp_path), RECIPE)
    before, after = (jpeg_segments(file) for file in (IMAGES[name], data))
    ours = [number for number, one in enumerate(after) if one[:2] == APP1 and one[4:].startswith(OURS)]
    assert [json.loads(one) for one in _recipe_segments(data)] == [RECIPE]
    assert not any(one.startswith((b"\xff\xe0", b"\xff\xe1\x00Exif")) for one in after[ours[0] :])
    del after[ours[0]]
    assert after == before


@pytest.mark.parametrize("name", ["described.jpeg", "described.webp"])
def test_other_programs_metadata_stays(name: str, tmp_path: Path) -> None:
    """A recipe changes neither profile, orientation, comment nor XMP packet."""
    for recipe in (RECIPE, LONG):
        data = copy_with_recipe(*put(name, tmp_path), recipe)
        with Image.open(io.BytesIO(data)) as image:
            assert image.info["icc_profile"] == ICC
            assert image.getexif()[0x0112] == 6
            assert image.info["xmp"] == XMP
        if name.endswith("jpeg"):
            assert APP11 in data
            assert image.info["comment"] == b"of another program"


def test_a_long_recipe_in_a_jpeg_takes_several_segments(tmp_path: Path) -> None:
    """Over 64 kB a recipe continues in further segments of the same name."""
    parts = _recipe_segments(copy_with_recipe(*put("described.jpeg", tmp_path), LONG))
    assert len(parts) > 1
    assert json.loads(b"".join(parts)) == LONG


_EXTENDED = b'xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="%b" dc:title' % (b"A" * 32)
ODD_PACKETS = {
    "two packets": [XMP, XMP],
    "not well-formed": [XMP.replace(b"</x:xmpmeta>", b"")],
    "in UTF-16": [XMP.decode().encode("utf-16")],
    "with a document type": [b'<!DOCTYPE x [<!ENTITY a "b">]>' + XMP[XMP.index(b"<x:") :]],
    "no RDF": [b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'],
    "full": [XMP.replace(b" " * 500, b" " * 64_500)],
    "extended already": [XMP.replace(b"dc:title", _EXTENDED)],
}


def _jpeg_with(packets: list[bytes]) -> bytes:
    bare = IMAGES["rgb.jpeg"]
    return bare[:20] + b"".join(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + one) for one in packets) + bare[20:]


def _webp_with(packets: list[bytes]) -> bytes:
    data = saved(PHOTO, "WEBP", xmp=packets[0])
    for packet in packets[1:]:
        data += b"XMP " + len(packet).to_bytes(4, "little") + packet + b"\0" * (len(packet) % 2)
    return data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]


@pytest.mark.parametrize("recipe", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("packets", ODD_PACKETS.values(), ids=ODD_PACKETS)
@pytest.mark.parametrize(("image_format", "make"), [("jpeg", _jpeg_with), ("webp", _webp_with)], ids=["jpeg", "webp"])
def test_xmp_packets_stay_as_they_are(
    image_format: str,
    make: Callable[[list[bytes]], bytes],
    packets: list[bytes],
    recipe: dict[str, Any],
    tmp_path: Path,
) -> None:
    """XMP is not touched, however odd, and the recipe is read back all the same."""
    path, image = tmp_path / "odd", make(packets)
    path.write_bytes(image)
    data = copy_with_recipe(path, image_format, recipe)
    assert frames(data) == frames(image)
    assert all(data.count(packet) == image.count(packet) for packet in packets)
    path.write_bytes(data)
    assert recipe_in(path) == recipe
    path.write_bytes(copy_with_recipe(path, image_format, RECIPE))
    assert recipe_in(path) == RECIPE
    assert b'"short"' not in path.read_bytes()


def test_xmp_that_another_program_rewrote_is_read(tmp_path: Path) -> None:
    """However an editor has rewritten version 0.1's XMP, its recipe is read, until a newer one is put in."""
    path, image_format = put("rgb.jpeg", tmp_path)
    ns = "https://image-workbench.invalid/ns/1.0/"
    for anew in (
        f'<r:Description xmlns:q="{ns}" r:about="" q:recipe="{{&quot;prompt&quot;:&#34;old&#x22;}}"/></r:RDF>',
        f'<r:Description xmlns:q="{ns}"><q:recipe> {{"prompt":"old"}}\n</q:recipe></r:Description></r:RDF>',
        f'<r:Description xmlns:q="{ns}"><q:recipe><r:Alt><r:li>{{"prompt":"old"}}</r:li></r:Alt></q:recipe>'
        "</r:Description></r:RDF>",
    ):
        path.write_bytes(saved(PHOTO, "JPEG", xmp=XMP.replace(b"</r:RDF>", anew.encode())))
        assert recipe_in(path) == {"prompt": "old"}
        path.write_bytes(copy_with_recipe(path, image_format, SHORT))
        assert recipe_in(path) == SHORT


@pytest.mark.parametrize("name", [name for name in IMAGES if name.endswith("webp")])
def test_webp_has_our_chunk_and_a_right_header(name: str, tmp_path: Path) -> None:
    """A WebP becomes an extended one whose flags and size are true, with our chunk last; all other chunks stay."""
    data = copy_with_recipe(*put(name, tmp_path), RECIPE)
    before, after = riff_chunks(IMAGES[name]), riff_chunks(data)
    assert list(after)[-1] == b"IWRC"
    assert json.loads(after.pop(b"IWRC")) == RECIPE
    header, old = after.pop(b"VP8X"), before.pop(b"VP8X", None)
    assert after == before
    clear = "clear" in name or name == "animated.webp"
    icc = exif = xmp = name == "described.webp"
    assert header[0] == 0x20 * icc | 0x10 * clear | 0x08 * exif | 0x04 * xmp | 0x02 * (name == "animated.webp")
    assert header[4:] == (60).to_bytes(3, "little") + (40).to_bytes(3, "little")
    assert old is None or header[1:] == old[1:]
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (61, 41)


@pytest.mark.parametrize("name", [name for name in IMAGES if name.endswith("gif")])
def test_gif_has_a_comment_before_its_frames(name: str, tmp_path: Path) -> None:
    """A GIF gets a comment before its first frame and differs in nothing else."""
    data = copy_with_recipe(*put(name, tmp_path), RECIPE)
    assert data.startswith(b"GIF89a")
    start = data.index(b"\x21\xfe" + bytes([255]) + b"image-workbench:")
    grown = len(data) - len(IMAGES[name])
    assert data[6:start] + data[start + grown :] == IMAGES[name][6:]
    with Image.open(io.BytesIO(data)) as image:
        comment = image.info["comment"]
        assert (image.info.get("loop") == 0) == (name == "animated.gif")
    assert json.loads(comment.partition(b"image-workbench:")[2].partition(b"\nof another")[0]) == RECIPE


@pytest.mark.parametrize("name", [name for name in IMAGES if name.endswith("svg")])
def test_svg_has_our_element_first(name: str, tmp_path: Path) -> None:
    """An SVG gets one element, first in its root, and is the same drawing without it."""
    data, before = copy_with_recipe(*put(name, tmp_path), RECIPE), IMAGES[name]
    root = ElementTree.fromstring(data)
    assert (root[0].tag, root[0].get("id")) == ("{http://www.w3.org/2000/svg}metadata", "image-workbench")
    assert json.loads(root[0].text or "") == RECIPE
    root.remove(root[0])
    assert ElementTree.tostring(root) == ElementTree.tostring(ElementTree.fromstring(before))
    start = data.index(b'metadata id="image-workbench"') - len(b"<s:" if b"<s:" in before else b"<")
    assert before.startswith(data[: start - 1])
    if name != "empty.svg":
        assert data.endswith(before[start:])
