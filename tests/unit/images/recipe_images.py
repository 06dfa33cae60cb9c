"""Small images of every kind that can carry a recipe, with the metadata that real ones have; recipes for them."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from components.images.metadata import recipe_length, with_recipe
from tests.unit.images.odd_images import SAMPLES, chunk, photo, rotated_exif, saved, wide_profile

PHOTO = photo().resize((61, 41))
CLEAR = PHOTO.convert("RGBA")
CLEAR.putalpha(Image.linear_gradient("L").resize(PHOTO.size))
FRAMES = [PHOTO.rotate(turn) for turn in (90, 180)]
ICC = wide_profile()
EXIF = rotated_exif(6)
XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:title="A title &amp; more"/></r:RDF></x:xmpmeta>\n'
    f'{" " * 500}\n<?xpacket end="w"?>'
).encode()
PROVENANCE = chunk(b"caBX", b"\0\0\0\x1djumb provenance \xff\0\x01")
APP11 = b"\xff\xeb" + struct.pack(">H", 26) + b"JP\0\x01\0\0\0\x01 provenance\xff\0\x01\0\0"


def segment(marker: int, body: bytes) -> bytes:
    """Return one segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def png_chunks(data: bytes) -> list[bytes]:
    """Return a PNG's chunks, each with its length and checksum."""
    found, place = [], 8
    while place < len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        found.append(data[place:end])
        place = end
    return found


def jpeg_segments(data: bytes) -> list[bytes]:
    """Return a JPEG's segments; the last one is all from the pixels on."""
    found, place = [], 2
    while data[place + 1] != 0xDA:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        found.append(data[place:end])
        place = end
    return [*found, data[place:]]


def riff_chunks(data: bytes) -> dict[bytes, bytes]:
    """Return a WebP's chunks by name, frames joined; check that all lengths are right."""
    found: dict[bytes, bytes] = {}
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    place = 12
    while place < len(data):
        name, length = struct.unpack("<4sI", data[place : place + 8])
        found[name] = found.get(name, b"") + data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
    assert place == len(data)
    return found


def _described_png() -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "of another program")
    words.add_itxt("image-workbench-not", "nor this")
    data = saved(PHOTO, "PNG", exif=EXIF, icc_profile=ICC, dpi=(300, 300), pnginfo=words)
    return data[:33] + PROVENANCE + data[33:]


def _described_jpeg() -> bytes:
    data = saved(PHOTO, "JPEG", exif=EXIF, icc_profile=ICC, xmp=XMP, comment=b"of another program")
    scan = data.index(b"\xff\xdb")
    return data[:scan] + APP11 + data[scan:]


_GIF = saved(PHOTO, "GIF")
IMAGES: dict[str, bytes] = {
    "rgb.png": saved(PHOTO, "PNG"),
    "rgba.png": saved(CLEAR, "PNG"),
    "palette.png": saved(PHOTO.quantize(8), "PNG", transparency=bytes([0, 90])),
    "gray of 16 bits.png": saved(PHOTO.convert("I;16"), "PNG"),
    "animated.png": saved(PHOTO, "PNG", save_all=True, append_images=FRAMES),
    "described.png": _described_png(),
    "sample.png": (SAMPLES / "chelsea.png").read_bytes(),
    "rgb.jpeg": saved(PHOTO, "JPEG"),
    "progressive.jpg": saved(PHOTO, "JPEG", progressive=True),
    "gray.jpeg": saved(PHOTO.convert("L"), "JPEG"),
    "cmyk.jpeg": saved(PHOTO.convert("CMYK"), "JPEG"),
    "described.jpeg": _described_jpeg(),
    "sample.jpeg": (SAMPLES / "grace_hopper.jpg").read_bytes(),
    "other sample.jpeg": (SAMPLES / "rocket.jpg").read_bytes(),
    "lossy.webp": saved(PHOTO, "WEBP"),
    "lossless.webp": saved(PHOTO, "WEBP", lossless=True),
    "lossy and clear.webp": saved(CLEAR, "WEBP"),
    "lossless and clear.webp": saved(CLEAR, "WEBP", lossless=True),
    "animated.webp": saved(CLEAR, "WEBP", save_all=True, append_images=FRAMES),
    "described.webp": saved(PHOTO, "WEBP", exif=EXIF, icc_profile=ICC, xmp=XMP),
    "still.gif": _GIF,
    "old.gif": b"GIF87a" + _GIF[6:],
    "clear.gif": saved(CLEAR, "GIF"),
    "animated.gif": saved(PHOTO, "GIF", save_all=True, append_images=FRAMES, loop=0, comment=b"of another"),
    "plain.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
    "empty.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" />\n',
    "in full.svg": b"""\xef\xbb\xbf<?xml version='1.0' encoding="UTF-8" ?>\r\n<!-- <svg> is below -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"
 [ <!ATTLIST g a CDATA "]>"> ]>
<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" aria-label="1 > 0" viewBox='0 0 9 9'
  ><metadata id="other">kept</metadata><text>caf\xc3\xa9</text></svg>""",
    "latin.svg": b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>caf\xe9</text></svg>""",
    "prefixed.svg": b'<s:svg xmlns:s="http://www.w3.org/2000/svg" width="9" height="9"><s:g/></s:svg>',
}


def put(name: str, into: Path) -> tuple[Path, str]:
    """Write one of the images to a file with an uninformative name; return it and its format."""
    path = into / "image.bin"
    path.write_bytes(IMAGES[name])
    return path, name.rpartition(".")[2]


RECIPE = {
    "image_workbench": 1,
    "operation": "generate",
    "model": "gpt-image-2",
    "values": {
        "prompt": "Line\n\"quoted\" 'it'\t<b>&amp;</b> ]]> --> \\ é 日本 🎨 \x00\x7f\x85\u2028\ufffe",
        "n": 2,
        "x": 0.5,
    },
    "inputs": [{"role": "image", "name": "a.png", "sha256": "00"}],
}
LONG = {**RECIPE, "values": {"prompt": "🦊" * 32_000}}
AMPERSANDS = {"prompt": "&" * 500_000}  # 2.5 MB when it is escaped
SHORT = {"prompt": "short"}


def copy_with_recipe(path: Path, image_format: str, recipe: Mapping[str, Any]) -> bytes:
    """Return the bytes with a recipe, after checking the pieces and the length."""
    pieces = list(with_recipe(path, image_format, recipe))
    assert all(0 < len(piece) <= 1 << 20 for piece in pieces)
    data = b"".join(pieces)
    assert recipe_length(path, image_format, recipe) == len(data)
    return data


def frames(data: bytes) -> list[tuple[str, bytes]]:
    with Image.open(io.BytesIO(data)) as image:
        found = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            found.append((image.mode, image.tobytes()))
        return found
