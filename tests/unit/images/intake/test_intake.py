"""Images that people really have are accepted and converted, with notes; everything else is refused."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from components.images.intake.intake import ImageRefused, Intake, take_in
from components.images.intake.mpo import first_image
from tests.unit.images.odd_images import (
    SAMPLES,
    bomb,
    chunk,
    deep_png,
    heic,
    mpo,
    opened,
    photo,
    png,
    rotated_exif,
    saved,
    text_bomb,
    wide_profile,
)

LIMIT = 80_000_000
PHOTO = photo()
SMALL = PHOTO.resize((60, 40))
RAMP = np.linspace(0, 65535, 60 * 40).reshape(40, 60)


def take(name: str, data: bytes | Path, into: Path, **more: Any) -> Intake:
    """Accept an image, and check that the file is what its description says."""
    intake = take_in(name, data, into, **{"max_pixels": LIMIT, **more})
    image = intake.image
    kept = image.path.read_bytes()
    assert hashlib.sha256(kept).hexdigest() == image.sha256
    assert len(kept) == image.bytes
    real = opened(kept)
    assert real.size == (image.width, image.height)
    assert f"image/{(real.format or '').lower()}" == image.content_type
    assert real.has_transparency_data == image.has_alpha
    assert list(into.iterdir()) == [image.path]
    return intake


UNTOUCHED = {
    "rgb.png": saved(SMALL, "PNG"),
    "rgba.png": saved(SMALL.convert("RGBA"), "PNG"),
    "gray.png": saved(SMALL.convert("L"), "PNG"),
    "gray and alpha.png": saved(SMALL.convert("LA"), "PNG"),
    "one bit.png": saved(SMALL.convert("1"), "PNG"),
    "palette.png": saved(SMALL.quantize(16), "PNG"),
    "see-through palette.png": saved(SMALL.quantize(4), "PNG", transparency=bytes([0, 90, 255, 255])),
    "rgb.jpg": saved(SMALL, "JPEG"),
    "gray.jpeg": saved(SMALL.convert("L"), "JPEG"),
    "progressive.jpg": saved(SMALL, "JPEG", progressive=True),
    "upright.jpg": saved(SMALL, "JPEG", exif=rotated_exif(1)),
    "srgb.jpg": saved(SMALL, "JPEG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
    "broken profile.jpg": saved(SMALL, "JPEG", icc_profile=b"junk" * 50),
    "broken exif.jpg": saved(SMALL, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x12" * 30),
    "broken exif.png": saved(SMALL, "PNG", exif=b"Exif\0\0garbage"),
    "lossy.webp": saved(SMALL, "WEBP"),
    "lossless.webp": saved(SMALL.convert("RGBA"), "WEBP", lossless=True),
    "something behind.png": saved(SMALL, "PNG") + b"trailing bytes",
}


@pytest.mark.parametrize("name", UNTOUCHED)
@pytest.mark.parametrize("as_path", [False, True])
def test_good_images_stay_byte_for_byte(name: str, as_path: bool, tmp_path: Path) -> None:
    """Good images are not rewritten, whether they come as bytes or as a file; they have no notes."""
    data: bytes | Path = UNTOUCHED[name]
    if as_path:
        data = tmp_path / "source"
        data.write_bytes(UNTOUCHED[name])
    intake = take(name, data, tmp_path / "into")
    assert intake.image.path.read_bytes() == UNTOUCHED[name]
    assert intake.image.name == name
    assert intake.notes == ()


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.*g")), ids=lambda path: path.name)
def test_real_photographs_are_accepted(path: Path, tmp_path: Path) -> None:
    """The sample photographs keep their size; only one with a color profile of its own is converted."""
    intake = take(path.name, path, tmp_path)
    assert intake.image.name == path.name
    assert bool(intake.notes) == (path.name == "rocket.jpg")


MADE_RIGHT: dict[str, tuple[bytes, str, str]] = {
    # name: its bytes, the name it is sent under, a piece of what is said
    "cmyk.jpg": (saved(SMALL.convert("CMYK"), "JPEG"), "cmyk.jpg", "from CMYK to RGB"),
    "deep.png": (saved(Image.fromarray(RAMP.astype(np.uint16)), "PNG"), "deep.png", "16 bits a channel"),
    "deep rgb.png": (deep_png(np.stack([RAMP] * 3, -1), 2), "deep rgb.png", "16 bits a channel"),
    "deep.tif": (saved(Image.fromarray(RAMP.astype(np.uint16)), "TIFF"), "deep.png", "16 bits a channel"),
    "float.tif": (saved(Image.fromarray(RAMP.astype(np.float32)), "TIFF"), "float.png", "32 bits a channel"),
    "key.png": (saved(SMALL, "PNG", transparency=SMALL.getpixel((0, 0))), "key.png", "became an alpha channel"),
    "film.gif": (saved(SMALL, "GIF", save_all=True, append_images=[PHOTO]), "film.png", "first of its 2 frames"),
    "film.png": (saved(SMALL, "PNG", save_all=True, append_images=[PHOTO]), "film.png", "first of its 2 frames"),
    "film.webp": (saved(SMALL, "WEBP", save_all=True, append_images=[SMALL.rotate(90)]), "film.webp", "2 frames"),
    "pages.tif": (saved(SMALL, "TIFF", save_all=True, append_images=[PHOTO]), "pages.png", "first of its 2 pages"),
    "still.gif": (saved(SMALL, "GIF"), "still.png", "from GIF to PNG"),
    "image.bmp": (saved(SMALL, "BMP"), "image.png", "from BMP to PNG"),
    "image.tiff": (saved(SMALL, "TIFF"), "image.png", "from TIFF to PNG"),
    "phone.heic": (heic("small"), "phone.jpg", "from HEIC to JPEG"),
    "cut out.heic": (heic("cut-out"), "cut out.png", "from HEIC to PNG"),
    "image.avif": (saved(SMALL, "AVIF"), "image.jpg", "from AVIF to JPEG"),
    "image.jp2": (saved(SMALL, "JPEG2000"), "image.jpg", "from JPEG 2000 to JPEG"),
    "icon.ico": (saved(SMALL, "ICO", sizes=[(32, 32)]), "icon.png", "from ICO to PNG"),
    "two.mpo": (mpo(SMALL, PHOTO), "two.jpg", "further images inside it were left out"),
    "profile.jpg": (saved(SMALL, "JPEG", icc_profile=wide_profile()), "profile.jpg", "to sRGB"),
    "profile.png": (saved(SMALL.quantize(8), "PNG", icc_profile=wide_profile()), "profile.png", "to sRGB"),
    "really a jpeg.png": (saved(SMALL, "JPEG"), "really a jpeg.jpg", "called .png but is a JPEG"),
    "really a png.svg": (saved(SMALL, "PNG"), "really a png.png", "called .svg but is a PNG"),
    "no end.png": (saved(SMALL, "PNG")[:-14], "no end.png", "saved again"),
}


@pytest.mark.parametrize("name", MADE_RIGHT)
def test_odd_images_are_converted_with_a_note(name: str, tmp_path: Path) -> None:
    """Each becomes a PNG, JPEG or WebP with 8 bits a channel, no metadata, the right name, and a note."""
    data, sent_as, note = MADE_RIGHT[name]
    intake = take(name, data, tmp_path)
    assert intake.image.name == sent_as
    assert note in " ".join(intake.notes)
    real = opened(intake.image.path)
    assert real.mode in {"1", "L", "LA", "P", "RGB", "RGBA"}
    assert getattr(real, "n_frames", 1) == 1
    assert real.format in {"PNG", "JPEG", "WEBP"}
    if "called" not in note and "end" not in note:
        assert not real.getexif()
        assert "icc_profile" not in real.info


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_images_are_rotated_upright(image_format: str, orientation: int, tmp_path: Path) -> None:
    """EXIF orientation is applied to the pixels in every format that has it, so that a mask fits."""
    blocks = Image.new("RGB", (64, 32), "white")
    blocks.paste("red", (0, 0, 32, 16))  # upper left
    corner = {2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[orientation]
    data = saved(
        blocks, image_format, exif=rotated_exif(orientation), **({"lossless": True} if image_format == "WEBP" else {})
    )
    real = opened(take(f"x.{image_format.lower()}", data, tmp_path).image.path).convert("RGB")
    assert real.size == ((32, 64) if orientation > 4 else (64, 32))
    for x in (0, 1):
        for y in (0, 1):
            red, green, _ = real.getpixel(
                (real.width // 4 + x * real.width // 2, real.height // 4 + y * real.height // 2)
            )
            assert (red > 200, green < 60) == (True, (x, y) == corner)


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    """A ramp over the full range stays one; a transparent value of it becomes alpha."""
    ramp = opened(take("ramp.png", MADE_RIGHT["deep.png"][0], tmp_path).image.path)
    assert np.abs(np.asarray(ramp, float) - RAMP / 257).max() <= 0.51
    keyed = deep_png(np.array([[0, 30000, 65535]]), 0, chunk(b"tRNS", struct.pack(">H", 30000)))
    image = opened(take("keyed.png", keyed, tmp_path / "other").image.path)
    assert [image.getpixel((x, 0)) for x in range(3)] == [(0, 255), (117, 0), (255, 255)]


def test_colors_are_those_of_the_profile(tmp_path: Path) -> None:
    """With a profile whose red and green are swapped, a red image becomes green."""
    red = saved(Image.new("RGBA", (8, 8), (200, 30, 30, 90)), "PNG", icc_profile=wide_profile())
    assert opened(take("red.png", red, tmp_path).image.path).getpixel((4, 4)) == (30, 200, 30, 90)


def test_a_phones_second_image_is_removed_without_loss(tmp_path: Path) -> None:
    """The first image of an MPO is cut out of the file; its pixels do not change."""
    data = mpo(SMALL, SMALL.rotate(180), quality=90)
    image = take("phone.jpg", data, tmp_path).image
    assert image.bytes < len(data)
    assert opened(image.path).format == "JPEG"
    assert opened(image.path).tobytes() == opened(data).tobytes()
    turned = mpo(SMALL, SMALL, exif=rotated_exif(6))
    assert (take("turned.jpg", turned, tmp_path / "other").image.width) == 40


def test_a_malformed_mpo_is_still_an_image(tmp_path: Path) -> None:
    """Where the table of images is broken, the first one's own end counts."""
    data = mpo(SMALL, SMALL)
    place = data.find(b"MPF\0") + 4
    broken = data[:place] + b"XX" + data[place + 2 :]
    assert first_image(broken) == first_image(data)
    assert first_image(b"no jpeg") is None
    assert first_image(saved(SMALL, "JPEG")) is None


def test_a_rewritten_jpeg_keeps_its_quality(tmp_path: Path) -> None:
    """A rotated photograph is quantized as before: pixels and size hardly change."""
    data = saved(PHOTO, "JPEG", quality=80, exif=rotated_exif(3))
    image = take("turned.jpg", data, tmp_path).image
    upright = opened(data).transpose(Image.Transpose.ROTATE_180)
    assert np.abs(np.asarray(upright, float) - np.asarray(opened(image.path), float)).mean() < 1.5
    assert image.bytes == pytest.approx(len(data), rel=0.15)


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing.png": (b"", "0 bytes"),
    "text.png": (b"hello world, I am a text", "not an image"),
    "page.png": (b"\xef\xbb\xbf  <!DOCTYPE html><html></html>", "a web page"),
    "page.jpg": (b"<html><body>", "a web page"),
    "script.jpg": (b"#!/bin/sh\nrm -rf", "a script"),
    "drawing.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG"),
    "drawing.png": (b'<?xml version="1.0"?>\n<svg xmlns="x"/>', "an SVG"),
    "other.xml.png": (b'<?xml version="1.0"?><a/>', "an XML document"),
    "program.png": (b"MZ\x90\0" + bytes(200), "a program"),
    "program.webp": (b"\x7fELF" + bytes(200), "a program"),
    "paper.png": (b"%PDF-1.7 ...", "a PDF"),
    "sheet.png": (b"PK\x03\x04" + bytes(200), "a ZIP archive"),
    "film.jpg": (bytes(3) + b"\x20ftypisom" + bytes(200), "a video"),
    "new.jxl": (b"\xff\x0a" + bytes(50), "JPEG XL"),
    "data.png": (b'{"error": "not found"}', "a text file"),
    "photo.exe": (saved(SMALL, "PNG"), "like a program"),
    "photo.jpg.bat": (saved(SMALL, "JPEG"), "like a program"),
    "photo.html": (saved(SMALL, "PNG"), "like a web page"),
    "photo.nef": (saved(SMALL, "TIFF"), "raw file"),
    "half.png": (saved(PHOTO, "PNG")[:100_000], "broken"),
    "half.jpg": (saved(PHOTO, "JPEG")[:20_000], "broken"),
    "half progressive.jpg": (saved(PHOTO, "JPEG", progressive=True)[:20_000], "broken"),
    "no end.jpg": (saved(SMALL, "JPEG")[:-2], "broken"),
    "half.webp": (saved(PHOTO, "WEBP")[:10_000], "broken"),
    "half.gif": (saved(PHOTO, "GIF")[:20_000], "broken"),
    "half.heic": (heic("coffee")[:10_000], "broken"),
    "half.tif": (saved(PHOTO, "TIFF")[:9_000], "broken"),
    "noise.png": (saved(SMALL, "PNG")[:60] + bytes(range(256)) * 4, "broken"),
    "bomb.png": (bomb(), "13000x13000, 169 megapixels"),
    "huge.png": (png(60_000, 60_000, 8, 2, bytes(100)), "3600 megapixels"),
    "text bomb.png": (text_bomb(), "broken"),
    "flat.png": (png(0, 5, 8, 2, bytes(100)), "0x5: it has no pixels"),
    "flat.gif": (b"GIF89a\x05\0\0\0" + bytes(40), "5x0: it has no pixels"),
    "flat.bmp": (b"BM" + bytes(16) + b"\x05\0\0\0" + bytes(40), "5x0: it has no pixels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_images_are_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    """One clear sentence, no traceback of a decoder, nothing left in the folder."""
    data, piece = REFUSED[name]
    with pytest.raises(ImageRefused, match=piece) as refusal:
        take_in(name, data, tmp_path, max_pixels=LIMIT)
    assert refusal.value.message.endswith((".", "first."))
    assert refusal.value.message[0].isupper()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", range(1, 24))
def test_no_truncated_file_is_a_crash(cut: int, tmp_path: Path) -> None:
    """Wherever a file ends early, it is accepted with a note or refused; no other error."""
    for image_format in ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF"):
        data = heic("small") if image_format == "HEIF" else saved(SMALL, image_format)
        try:
            intake = take_in("x", data[: len(data) * cut // 24], tmp_path, max_pixels=LIMIT)
            opened(intake.image.path)
        except ImageRefused:
            continue


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_is_a_crash(seed: int, tmp_path: Path) -> None:
    """Bytes overwritten at random lead to an image or a refusal; no other error."""
    chance = np.random.default_rng(seed)
    for image_format in ("PNG", "JPEG", "WEBP", "GIF", "TIFF"):
        data = bytearray(saved(SMALL, image_format))
        for place in chance.integers(0, len(data), 12):
            data[place] = chance.integers(0, 256)
        try:
            take_in("x", bytes(data), tmp_path, max_pixels=1_000_000)
        except ImageRefused:
            continue


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/pass\x00wd.PNG", "passwd.PNG"),
        ("C:\\Users\\me\\cat.png", "cat.png"),
        ("a\r\nb\u202e.png", "ab.png"),
        ("x" * 300 + ".png", "x" * 76 + ".png"),
        ("", "image.png"),
        ("...", "image.png"),
        (".png", "png.png"),
        ("Katze \U0001f431 größer.png", "Katze \U0001f431 größer.png"),
        ("no ending", "no ending.png"),
    ],
)
def test_names_lose_what_is_dangerous(name: str, kept: str, tmp_path: Path) -> None:
    """No folders, no control characters, 80 characters at most, and the extension of its format."""
    assert take(name, UNTOUCHED["rgb.png"], tmp_path).image.name == kept


def test_a_jpeg_with_too_many_pixels_is_made_smaller(tmp_path: Path) -> None:
    """A photograph above the limit is shrunk while it is decoded, with a note; a far larger one is refused."""
    data = saved(PHOTO, "JPEG")
    intake = take("large.jpg", data, tmp_path, max_pixels=100_000)
    assert (intake.image.width, intake.image.height) == (300, 200)
    assert "made 300x200" in intake.notes[0]
    for refused, limit in ((data, 10_000), (saved(PHOTO, "JPEG", progressive=True), 100_000)):
        with pytest.raises(ImageRefused, match="megapixels"):
            take_in("large.jpg", refused, tmp_path, max_pixels=limit)


def test_each_upload_has_its_own_file(tmp_path: Path) -> None:
    """The same image uploaded twice makes two files, so that one person never moves away another's."""
    first = take("a.png", UNTOUCHED["rgb.png"], tmp_path / "a").image
    second = take_in("b.png", UNTOUCHED["rgb.png"], tmp_path / "a", max_pixels=LIMIT).image
    assert second.path != first.path
    assert second.sha256 == first.sha256
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_png_too_large_for_the_api_becomes_a_jpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A converted image without alpha that is too large as PNG is saved as JPEG, with a note."""
    monkeypatch.setattr("components.images.intake.intake.LIMIT_BYTES", 5_000)
    intake = take("x.bmp", saved(SMALL, "BMP"), tmp_path)
    assert intake.image.content_type == "image/jpeg"
    assert "as PNG it would be too large" in intake.notes[0]
