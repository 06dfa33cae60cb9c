"""Recipes are looked for in every dropped file, broken, hostile or endless; the result is a recipe or None."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from components.images.metadata import recipe_in, recipe_length, with_recipe
from tests.unit.images.odd_images import chunk, saved
from tests.unit.images.recipe_images import IMAGES, segment

DOT = Image.new("RGB", (2, 2), "red")
RECIPE = {"image_workbench": 1, "values": {"prompt": "café"}}
TEXT = json.dumps(RECIPE).encode()
XMP = b"http://ns.adobe.com/xap/1.0/\0"
NS = "https://image-workbench.invalid/ns/1.0/"
SMALL = {
    "png": saved(DOT, "PNG"),
    "jpeg": b"\xff\xd8" + segment(0xDB, bytes(65)) + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\xff\xd9",
    "webp": saved(DOT, "WEBP"),
    "gif": saved(DOT, "GIF"),
    "svg": IMAGES["in full.svg"],
}


def read(data: bytes, into: Path) -> dict[str, Any] | None:
    path = into / "some.file"
    path.write_bytes(data)
    return recipe_in(path)


def packet(inside: str, before: str = "") -> bytes:
    return (
        f'{before}<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:q="{NS}">{inside}</r:RDF>'.encode()
    )


def jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(segment(0xE1, one) for one in segments) + SMALL["jpeg"][2:]


def png(*chunks: bytes) -> bytes:
    return SMALL["png"][:33] + b"".join(chunks) + SMALL["png"][33:]


def gif(comment: bytes) -> bytes:
    start = 13 + (3 << (SMALL["gif"][10] & 7) + 1)
    return SMALL["gif"][:start] + b"\x21\xfe" + comment + SMALL["gif"][start:]


@pytest.mark.parametrize("image_format", SMALL)
def test_a_file_cut_off_anywhere_has_a_recipe_or_none(image_format: str, tmp_path: Path) -> None:
    """Wherever a file ends, reading it raises nothing, and the length is right."""
    path = tmp_path / "complete"
    path.write_bytes(SMALL[image_format])
    complete = b"".join(with_recipe(path, image_format, RECIPE))
    assert read(complete, tmp_path) == RECIPE
    for end in range(len(complete)):
        path.write_bytes(complete[:end])
        assert recipe_in(path) in (None, RECIPE)
        assert len(b"".join(with_recipe(path, image_format, {}))) == recipe_length(path, image_format, {})


@pytest.mark.parametrize("image_format", SMALL)
@pytest.mark.parametrize("wrong", [b"\0", b"\xff\xff\xff\xff"], ids=repr)
def test_wrong_bytes_anywhere_raise_nothing(image_format: str, wrong: bytes, tmp_path: Path) -> None:
    """Wherever bytes are wrong, reading raises nothing, and the length is right."""
    path = tmp_path / "complete"
    path.write_bytes(SMALL[image_format])
    complete = b"".join(with_recipe(path, image_format, RECIPE))
    for place in range(len(complete)):
        path.write_bytes(complete[:place] + wrong + complete[place + len(wrong) :])
        found = recipe_in(path)
        assert found is None or isinstance(found, dict)
        assert len(b"".join(with_recipe(path, image_format, {}))) == recipe_length(path, image_format, {})


DEEP = b"[" * 100_000
BARE = {
    "a recipe": (TEXT, RECIPE),
    "a recipe in a Windows editor's file": (b"\xef\xbb\xbf\r\n" + TEXT, RECIPE),
    "of a newer version": (b'{"image_workbench": 7}', {"image_workbench": 7}),
    "half a character": (
        b'{"image_workbench": 1, "a": "\\ud800", "\\uDFFF": "\\ud83e\\udd8a"}',
        {"image_workbench": 1, "a": "\ufffd", "\ufffd": "🦊"},
    ),
    "of 1 MB": (TEXT + b" " * ((1 << 20) - len(TEXT)), RECIPE),
    "of more": (TEXT + b" " * ((1 << 20) - len(TEXT) + 1), None),
    "other JSON": (b'{"prompt": "a"}', None),
    "a flag": (b'{"image_workbench": true}', None),
    "a word": (b'{"image_workbench": "1"}', None),
    "a list": (b"[" + TEXT + b"]", None),
    "not a number": (b'{"image_workbench": 1, "a": NaN}', None),
    "infinite": (b'{"image_workbench": 1, "a": 1e999}', None),
    "many digits": (b'{"image_workbench": 1, "a": ' + b"9" * 90_000 + b"}", None),
    "deep": (b'{"image_workbench": 1, "a": ' + DEEP + b"]" * 100_000 + b"}", None),
    "deep and open": (b'{"image_workbench": 1, "a": ' + DEEP, None),
    "rather deep": (b'{"image_workbench": 1, "a": ' + b"[" * 70 + b"]" * 70 + b"}", None),
    "not UTF-8": (TEXT.replace(b"\\u00e9", b"\xe9"), None),
    "two": (TEXT + TEXT, None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize(("data", "expected"), BARE.values(), ids=BARE)
def test_bare_json(data: bytes, expected: dict[str, Any] | None, tmp_path: Path) -> None:
    """A JSON file is a recipe if it has our version, is small enough, and is valid."""
    assert read(data, tmp_path) == expected


def itxt(rest: bytes) -> bytes:
    return chunk(b"iTXt", b"image-workbench\0" + rest)


BOMB = zlib.compress(bytes(50_000_000))
LAUGHS = (
    "<!DOCTYPE r:RDF ["
    + '<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
OURS = "<r:Description><q:recipe>{}</q:recipe></r:Description>"
NOTE = packet('<r:Description xmlns:n="http://ns.adobe.com/xmp/note/" ').removesuffix(b"</r:RDF>")
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
IN_IMAGES = {
    "PNG, packed": (png(itxt(b"\1\0\0\0" + zlib.compress(TEXT))), RECIPE),
    "PNG, in a language": (png(itxt(b"\0\0de\0Bild\0" + TEXT)), RECIPE),
    "PNG, zTXt": (png(chunk(b"zTXt", b"image-workbench\0\0" + zlib.compress(TEXT))), RECIPE),
    "PNG, tEXt": (png(chunk(b"tEXt", b"image-workbench\0" + TEXT)), RECIPE),
    "PNG, the second is one": (png(itxt(b"\0\0\0\0[]"), itxt(b"\0\0\0\0" + TEXT)), RECIPE),
    "PNG, only the ninth is one": (png(*[itxt(b"\0\0\0\0[]")] * 8, itxt(b"\0\0\0\0" + TEXT)), None),
    "PNG, bomb": (png(itxt(b"\1\0\0\0" + BOMB)), None),
    "PNG, bomb in zTXt": (png(chunk(b"zTXt", b"image-workbench\0\0" + BOMB)), None),
    "PNG, a thousand bombs": (png(*[itxt(b"\1\0\0\0" + BOMB)] * 1000), None),
    "PNG, badly packed": (png(itxt(b"\1\0\0\0" + TEXT)), None),
    "PNG, nothing in it": (png(itxt(b"")), None),
    "PNG, a list": (png(itxt(b"\0\0\0\0[1]")), None),
    "PNG, not a number": (png(itxt(b'\0\0\0\0{"a":NaN}')), None),
    "PNG, deep": (png(itxt(b"\0\0\0\0" + DEEP)), None),
    "PNG, too long": (png(itxt(b'\0\0\0\0{"a":"' + b"a" * (1 << 20) + b'"}')), None),
    "PNG, endless": (SMALL["png"][:33] + b"\xff\xff\xff\xffiTXtimage-workbench\0\0\0\0\0" + TEXT, None),
    "PNG, many chunks": (png(chunk(b"teXt", b"") * 30_000), None),
    "JPEG, laughs": (jpeg(XMP + packet(OURS.format("&i;"), LAUGHS)), None),
    "JPEG, a file's text": (
        jpeg(XMP + packet(OURS.format("&a;"), '<!DOCTYPE r [<!ENTITY a SYSTEM "/etc/hostname">]>')),
        None,
    ),
    "JPEG, other encoding": (jpeg(XMP + b'<?xml version="1.0" encoding="no-such"?>' + packet(OURS.format("{}"))), {}),
    "JPEG, many elements": (jpeg(XMP + packet("<a>" * 20_000)), None),
    "JPEG, recipes in recipes": (jpeg(XMP + packet("<q:recipe>" * 2 + "{}" + "</q:recipe>" * 2)), {}),
    "JPEG, no recipe": (jpeg(XMP + packet(OURS.format("[]"))), None),
    "JPEG, extension missing": (jpeg(XMP + NOTE + b'n:HasExtendedXMP="%b"/></r:RDF>' % (b"F" * 32)), None),
    "JPEG, extension of other length": (
        jpeg(
            XMP + NOTE + b'n:HasExtendedXMP="%b"/></r:RDF>' % (b"F" * 32),
            EXTENSION + b"F" * 32 + struct.pack(">II", 2**32 - 1, 0) + packet(OURS.format("{}")),
        ),
        None,
    ),
    "JPEG, extension's name": (jpeg(XMP + NOTE + 'n:HasExtendedXMP="ä"/></r:RDF>'.encode(), EXTENSION), None),
    "JPEG, many segments": (jpeg(*[b""] * 30_000), None),
    "JPEG, nothing but fillers": (b"\xff\xd8" + b"\xff" * 50_000, None),
    "WebP, endless": (b"RIFF\xff\xff\xff\xffWEBPXMP \xff\xff\xff\xff", None),
    "WebP, empty": (b"RIFF\4\0\0\0WEBP", None),
    "WebP, many chunks": (b"RIFF" + struct.pack("<I", 4 + 8 * 30_000) + b"WEBP" + b"junk\0\0\0\0" * 30_000, None),
    "GIF, one byte each": (gif(b"".join(bytes((1, one)) for one in b"image-workbench:" + TEXT) + b"\0"), RECIPE),
    "GIF, endless": (gif(b"\xff" * 300), None),
    "GIF, many blocks": (gif(b"\1a" * 30_000 + b"\0"), None),
    "GIF, long": (gif((b"\xff" + b"image-workbench:".ljust(255)) * 9_000 + b"\0"), None),
    "SVG, entities": (
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg><metadata id="image-workbench">{"a":"&a;"}</metadata></svg>',
        {"a": "&a;"},
    ),
    "SVG, in a comment": (b'<svg><!--<metadata id="image-workbench">{}</metadata>--></svg>', None),
    "SVG, later and other quotes": (b"<svg><g/><metadata class='a' id = 'image-workbench' >{}</metadata></svg>", {}),
    "SVG, many comments": (b"<svg>image-workbench" + b"<!--" * 200_000, None),
    "SVG, many elements": (b"<svg>" + b'<metadata id="image-workbench">' * 30_000, None),
    "SVG, many attributes": (b"<svg>image-workbench<metadata " + b"id=" * 200_000, None),
    "SVG, quotes": (b"<svg>image-workbench" + b"<a b='\"" * 30_000, None),
    "SVG, open document type": (b"<!DOCTYPE svg [" + b"'\"" * 200_000, None),
    "text": (b"words", None),
    "nothing": (b"", None),
    "zeros": (bytes(5000), None),
}


@pytest.mark.parametrize(("data", "expected"), IN_IMAGES.values(), ids=IN_IMAGES)
def test_recipes_in_hostile_images(data: bytes, expected: dict[str, Any] | None, tmp_path: Path) -> None:
    """Only a complete recipe in its place counts; a new one can replace whatever was there."""
    assert read(data, tmp_path) == expected
    path = tmp_path / "some.file"
    for image_format in SMALL:
        path.write_bytes(data)
        given = b"".join(with_recipe(path, image_format, RECIPE))
        assert len(given) == recipe_length(path, image_format, RECIPE)
        path.write_bytes(given)
        assert recipe_in(path) == (expected if given == data else RECIPE)


def test_bombs_stay_small(tmp_path: Path) -> None:
    """Texts that inflate without end are not inflated beyond the limit."""
    path = tmp_path / "bomb.png"
    path.write_bytes(png(*[itxt(b"\1\0\0\0" + BOMB)] * 20))
    tracemalloc.start()
    try:
        assert recipe_in(path) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4e6


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A missing file raises FileNotFoundError."""
    with pytest.raises(FileNotFoundError):
        recipe_in(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        recipe_length(tmp_path / "none", "png", {})
