"""A file's content decides whether it is an image, and which."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from components.images.decoding.probe import ImageInfo, NotAnImage, inspect, looks_like_svg, thumbnail_extension
from tests.unit.images.odd_images import chunk

MILLIONS = 80_000_000
BOX = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><rect width="9" height="9"/></svg>'


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    """Return an image as the bytes of a file."""
    buffer = BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def noise(mode: str = "RGB", size: tuple[int, int] = (90, 60)) -> Image.Image:
    """Return an image that does not compress well."""
    image = Image.effect_noise(size, 80).convert(mode)
    if mode == "RGBA":
        image.putalpha(100)
    return image


def keyed() -> bytes:
    """Return a PNG without an alpha channel in which one color is transparent."""
    return encoded(noise(), "PNG", transparency=(0, 0, 0))


def animation(format: str) -> bytes:
    """Return three frames that differ."""
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "green", "blue")]
    return encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100)


def png(width: int, height: int, rows: bytes, *more: bytes) -> bytes:
    """Return a PNG of one-bit gray from its parts."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(noise(), "PNG"), ("png", 90, 60, "RGB", 1, False)),
        (encoded(noise("RGBA"), "PNG"), ("png", 90, 60, "RGBA", 1, True)),
        (encoded(noise("L"), "PNG"), ("png", 90, 60, "L", 1, False)),
        (encoded(noise("1"), "PNG"), ("png", 90, 60, "1", 1, False)),
        (encoded(noise("P"), "PNG"), ("png", 90, 60, "P", 1, False)),
        (encoded(Image.new("I;16", (90, 60), 40_000), "PNG"), ("png", 90, 60, "I;16", 1, False)),
        (keyed(), ("png", 90, 60, "RGB", 1, True)),
        (encoded(noise(), "JPEG"), ("jpeg", 90, 60, "RGB", 1, False)),
        (encoded(noise("CMYK"), "JPEG"), ("jpeg", 90, 60, "CMYK", 1, False)),
        (encoded(noise(), "WEBP"), ("webp", 90, 60, "RGB", 1, False)),
        (encoded(noise("RGBA"), "WEBP"), ("webp", 90, 60, "RGBA", 1, True)),
        (animation("GIF"), ("gif", 20, 10, "P", 3, False)),
        (animation("WEBP"), ("webp", 20, 10, "RGB", 3, False)),
        (encoded(noise(), "TIFF"), ("tiff", 90, 60, "RGB", 1, False)),
        (encoded(noise(), "BMP"), ("bmp", 90, 60, "RGB", 1, False)),
        (encoded(noise(), "MPO", save_all=True, append_images=[noise()]), ("jpeg", 90, 60, "RGB", 2, False)),
        (BOX.encode(), ("svg", 30, 20, "vector", 1, True)),
        (b"\xef\xbb\xbf  \n" + BOX.encode(), ("svg", 30, 20, "vector", 1, True)),
        (b'<?xml version="1.0"?><!-- hello -->' + BOX.encode(), ("svg", 30, 20, "vector", 1, True)),
        (b'<svg width="64px" height="32.4"/>', ("svg", 64, 32, "vector", 1, True)),
    ],
)
@pytest.mark.parametrize("named", ["image.bin", "image.png"])
def test_images_are_recognized(tmp_path: Path, data: bytes, expected: tuple[object, ...], named: str) -> None:
    """The content decides what a file is, not its name; all but SVGs have a thumbnail."""
    path, thumbnail = tmp_path / named, tmp_path / "small.webp"
    path.write_bytes(data)
    found = inspect(path, max_pixels=MILLIONS, thumbnail=thumbnail, edge=32)
    got = (found.format, found.width, found.height, found.mode, found.frames, found.has_alpha)
    if expected[3] == "P" and expected[0] == "gif":
        got = (*got[:3], "P", *got[4:])
    assert got == expected
    assert found.bytes == len(data)
    assert path.read_bytes() == data
    assert thumbnail.exists() == (found.format != "svg")
    if thumbnail.exists():
        with Image.open(thumbnail) as small:
            small.load()
            assert small.format == {"webp": "WEBP", "jpg": "JPEG"}[thumbnail_extension(found)]
            assert max(small.size) <= 32
            assert small.has_transparency_data == found.has_alpha


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\x00" * 4096, "not an image"),
        (b"<html><body>502 Bad Gateway</body></html>", "not an image"),
        (b'{"error": null}', "not an image"),
        (b"\x89PNG\r\n\x1a\n", "not an image"),
        (encoded(noise(), "PNG")[:400], "broken"),
        (encoded(noise(), "PNG")[:-2000], "broken"),
        (encoded(noise(), "JPEG")[:-400], "broken"),
        (encoded(noise(), "WEBP")[:-400], "broken|not an image"),
        (encoded(noise(), "PNG").replace(b"IDAT", b"IDAX"), "broken|not an image"),
        (png(64, 64, b"\x00" * 10), "broken"),
        (animation("GIF")[:-20], "broken"),
        (animation("WEBP")[:-20], "broken|not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", "not an image"),
        (png(0, 64, b""), "no"),
        (b"<svg", "broken"),
        (b"<svg/>", "how large"),
        (b'<svg viewBox="0 0 a b"/>', "how large"),
        (b'<svg width="100%" height="100%"/>', "how large"),
        (b'<svg width="nan" height="5"/>', "how large"),
        (b'<svg width="-5" height="5"/>', "how large"),
        (b'<svg width="inf" height="5"/>', "how large|too large"),
        (b'<svg width="1e300" height="5"/>', "how large|too large"),
        (b'<?xml version="1.0"?><html/>', "not an SVG"),
        (b"<svg width='5' height='5'><g></svg>", "not well-formed"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    """Anything but a complete image is refused in a sentence, and leaves no thumbnail."""
    path = tmp_path / "image"
    path.write_bytes(data)
    with pytest.raises(NotAnImage, match=words):
        inspect(path, max_pixels=MILLIONS, thumbnail=tmp_path / "small.webp")
    assert not (tmp_path / "small.webp").exists()


def laughs() -> bytes:
    """Return the billion laughs: entities that expand exponentially."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    head = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a0 "ha">'
    return f'{head}{entities}]><svg width="1" height="1">&a9;</svg>'.encode()


@pytest.mark.parametrize(
    "data",
    [
        laughs(),
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg width="1" height="1">&x;</svg>',
        b'<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://10.0.0.1/x"> %x;]><svg width="1" height="1"/>',
    ],
    ids=["laughs", "file", "network"],
)
def test_svg_with_entities_is_refused(tmp_path: Path, data: bytes) -> None:
    """Entities, which are how XML is used for attacks, are refused before they are used."""
    path = tmp_path / "image.svg"
    path.write_bytes(data)
    with pytest.raises(NotAnImage, match="entities"):
        inspect(path, max_pixels=MILLIONS)


@pytest.mark.parametrize(
    ("data", "pixels"),
    [
        (png(13_000, 13_000, b"\x00" * 1626 * 13_000), MILLIONS),
        (png(60_000, 60_000, b"\x00"), MILLIONS),
        (encoded(noise(), "JPEG"), 90 * 60 - 1),
    ],
    ids=["one bit", "more than Pillow opens", "one pixel too many"],
)
def test_bombs_are_refused_before_they_are_decoded(tmp_path: Path, data: bytes, pixels: int) -> None:
    """A small file of far too many pixels is refused, with its size and the limit."""
    path = tmp_path / "image.png"
    path.write_bytes(data)
    with pytest.raises(NotAnImage, match=r"\d+x\d+, \d+ megapixels; at most"):
        inspect(path, max_pixels=pixels)


def test_as_many_pixels_as_the_limit_are_fine(tmp_path: Path) -> None:
    """The limit itself is allowed."""
    path = tmp_path / "image.png"
    path.write_bytes(encoded(noise(), "PNG"))
    assert inspect(path, max_pixels=90 * 60).width == 90


def test_endless_text_is_not_a_crash(tmp_path: Path) -> None:
    """A PNG with a text chunk that inflates to a gigabyte is opened or refused, never a crash."""
    bomb = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(b"\x00" * 30_000_000))
    path = tmp_path / "image.png"
    path.write_bytes(png(8, 8, b"\x00\x00" * 8, bomb))
    try:
        found = inspect(path, max_pixels=MILLIONS)
    except NotAnImage:
        return
    assert (found.width, found.height) == (8, 8)


def turned(orientation: int) -> Image.Exif:
    """Return EXIF with an orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("orientation", "size"), [(1, (32, 16)), (3, (32, 16)), (6, (16, 32)), (8, (16, 32))])
def test_thumbnails_stand_upright(tmp_path: Path, format: str, orientation: int, size: tuple[int, int]) -> None:
    """A thumbnail is rotated as its EXIF says; the reported size is the stored one."""
    path, thumbnail = tmp_path / "image", tmp_path / "small.webp"
    path.write_bytes(encoded(noise(size=(128, 64)), format, exif=turned(orientation)))
    found = inspect(path, max_pixels=MILLIONS, thumbnail=thumbnail, edge=32)
    assert (found.width, found.height) == (128, 64)
    with Image.open(thumbnail) as small:
        assert small.size == size


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"Exif\x00\x00garbage", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b""])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_does_not_refuse_an_image(tmp_path: Path, format: str, exif: bytes) -> None:
    """A good image with invalid EXIF is accepted."""
    path, thumbnail = tmp_path / "image", tmp_path / "small.webp"
    path.write_bytes(encoded(noise(), format, exif=exif))
    assert inspect(path, max_pixels=MILLIONS, thumbnail=thumbnail).width == 90
    assert thumbnail.exists()


def test_sixteen_bits_are_scaled(tmp_path: Path) -> None:
    """A thumbnail of 16-bit gray has the grays of the image, not two levels."""
    path, thumbnail = tmp_path / "image.png", tmp_path / "small.webp"
    path.write_bytes(encoded(Image.new("I;16", (64, 64), 0x4000), "PNG"))
    inspect(path, max_pixels=MILLIONS, thumbnail=thumbnail)
    with Image.open(thumbnail) as small:
        assert 54 <= small.convert("L").getpixel((30, 30)) <= 74


@pytest.mark.parametrize(
    ("make", "transparent"),
    [(lambda: encoded(noise("RGBA"), "PNG"), True), (keyed, True), (lambda: encoded(noise(), "PNG"), False)],
)
def test_thumbnails_keep_transparency(tmp_path: Path, make: Callable[[], bytes], transparent: bool) -> None:
    """A thumbnail is transparent if its image is, by a channel or by one color."""
    path, thumbnail = tmp_path / "image.png", tmp_path / "small.webp"
    path.write_bytes(make())
    inspect(path, max_pixels=MILLIONS, thumbnail=thumbnail)
    with Image.open(thumbnail) as small:
        assert (small.mode == "RGBA") == transparent


def test_a_small_image_is_not_enlarged(tmp_path: Path) -> None:
    """A thumbnail is never larger than its image."""
    path, thumbnail = tmp_path / "image.png", tmp_path / "small.webp"
    path.write_bytes(encoded(Image.new("RGB", (1, 1)), "PNG"))
    found = inspect(path, max_pixels=MILLIONS, thumbnail=thumbnail)
    assert found == ImageInfo("png", 1, 1, "RGB", 1, False, path.stat().st_size)
    with Image.open(thumbnail) as small:
        assert small.size == (1, 1)


def test_a_thumbnail_that_cannot_be_written_raises_oserror(tmp_path: Path) -> None:
    """If the thumbnail cannot be written, the error is the disk's, and the image is not called broken."""
    path = tmp_path / "image.png"
    path.write_bytes(encoded(noise(), "PNG"))
    with pytest.raises(FileNotFoundError):
        inspect(path, max_pixels=MILLIONS, thumbnail=tmp_path / "nowhere" / "small.webp")


def test_png_text_is_left_alone(tmp_path: Path) -> None:
    """Metadata next to the pixels does no harm."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt("parameters", "狐" * 1000, zip=True)
    path = tmp_path / "image.png"
    path.write_bytes(encoded(noise(), "PNG", pnginfo=info))
    assert inspect(path, max_pixels=MILLIONS).format == "png"


@pytest.mark.parametrize(
    ("head", "is_svg"),
    [
        (b"<svg ", True),
        (b"  \n<SVG ", True),
        (b"<?xml version='1.0'?>", True),
        (b"<!-- made by --><svg>", True),
        (b"<!-- no --><html>", False),
        (b"<html><svg>", False),
        (b"\x89PNG", False),
        (b"", False),
    ],
)
def test_the_first_bytes_of_svg(head: bytes, is_svg: bool) -> None:
    """An SVG is recognized by its first bytes."""
    assert looks_like_svg(head) is is_svg
