"""Accept the images that people really have, convert them for the API, and say what was done.

A file that needs nothing stays byte for byte as it is. Facts: "Images that people really have" in the API
reference; the API takes PNG, WebP and JPEG of less than 50 MB each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from components.images import normalize
from components.images.decoding.decode_gate import decode_cost, gate
from components.images.decoding.opening import check_size, decoding, open_image, refusing
from components.images.errors import ImageRefused
from components.images.frames import MAX_FRAMES, frame_count
from components.images.intake.file_sniff import refusal_for
from components.images.intake.fixes import LIMIT_BYTES, Fix, carry_out, fixes_for, reframed_mask
from components.images.intake.mpo import first_image
from components.images.intake.png_check import has_end
from components.images.names import clean_name, refused_name, suffix_of
from components.images.writing import JPEG, PNG, SENDABLE, Format, encode, keep_file
from components.parameters import InputImage

__all__ = ["Fix", "ImageRefused", "Intake", "apply_fix", "clean_name", "fixes_for", "reframed_mask", "take_in"]

# Lossy formats: a JPEG of theirs shows no further loss, and a PNG would be huge.
_LOSSY = {"HEIF", "AVIF", "JPEG2000"}
_WORDS = {"HEIF": "HEIC", "DIB": "BMP", "JPEG2000": "JPEG 2000", "PPM": "Netpbm", "WEBP": "WebP", "MPO": "JPEG"}
_MOST_SHRUNK = 4  # times max_pixels: the limit for a JPEG that is made smaller while it is decoded


@dataclass(frozen=True)
class Intake:
    """Hold an accepted image, and sentences on what was done to it."""

    image: InputImage
    notes: tuple[str, ...] = ()


@dataclass
class _Work:
    """Hold an image on its way in. `pixels` is None as long as `data` can be used as it is."""

    data: bytes | Path
    opened: Image.Image
    size: tuple[int, int]
    notes: list[str] = field(default_factory=list)
    pixels: Image.Image | None = None

    @property
    def image(self) -> Image.Image:
        return self.pixels if self.pixels is not None else self.opened

    def change(self, changed: Image.Image | None, note: str) -> None:
        if changed is not None:
            self.pixels = changed
            self.notes.append(note)


def take_in(name: str, data: bytes | Path, into: Path, *, max_pixels: int) -> Intake:
    """Check a file, convert it where needed, and write it into the folder `into`.

    Width and height of the result are those that a person sees, EXIF orientation applied. Raise ImageRefused
    with one sentence for what is not an image, is broken, has more than `max_pixels` pixels, or only pretends to be an
    image; OSError when `into` cannot be written.
    """
    name = clean_name(name)
    size, head = _beginning(data)
    if not size:
        raise ImageRefused("The file is empty: it has 0 bytes.")
    if refusal := refused_name(name) or refusal_for(head):
        raise ImageRefused(refusal)
    with open_image(data) as opened, refusing():
        work = _Work(data, opened, opened.size)
        copies, stored = _copies_for(opened), opened.size
        if opened.format in {"JPEG", "MPO"}:
            _draft_jpeg(work, max_pixels, copies)
        check_size(opened, max_pixels)
        with decoding(opened, copies=copies, stored=stored):
            opened.load()
            _make_right(work, head)
            encoded, kind = _encoded(work, head)
            has_alpha = work.image.has_transparency_data
            work.pixels = None
    image = keep_file(encoded, kind, name, work.size, has_alpha, into)
    own = SENDABLE.get(opened.format or "")
    if own is not None and suffix_of(name) not in own.usual | {""}:
        work.notes.append(f"It is called .{suffix_of(name)} but is a {_word(opened)}; it is sent as {image.name}.")
    return Intake(image, tuple(work.notes))


def apply_fix(image: InputImage, fix: Fix, into: Path) -> Intake:
    """Apply a fix and return the new file in `into`. Raise ImageRefused if the image cannot be opened."""
    changed, note = carry_out(image, fix, into)
    return Intake(changed, (note,))


def _beginning(data: bytes | Path) -> tuple[int, bytes]:
    if isinstance(data, bytes):
        return len(data), data[:1024]
    with data.open("rb") as file:
        return data.stat().st_size, file.read(1024)


def _word(image: Image.Image) -> str:
    return _WORDS.get(image.format or "", image.format or "image")


def _copies_for(opened: Image.Image) -> int:
    """Return how many copies of all pixels converting an image takes, beside the decoded ones; 0 if it needs none."""
    own_colors = normalize.has_color_profile(opened)
    steps = (
        own_colors,
        own_colors and opened.has_transparency_data,
        opened.mode not in {"1", "L", "LA", "P", "RGB", "RGBA"},
        "transparency" in opened.info and opened.mode != "P",
        normalize.header_orientation(opened) != 1,
    )
    return min(3, sum(steps) + own_colors)


def _draft_jpeg(work: _Work, max_pixels: int, copies: int) -> None:
    """Let the decoder make a JPEG smaller where that is enough: all of its data is read anyway, which is what shows
    that it is complete.

    One with too many pixels, or that would take too much memory, is never in memory at full size.
    """
    image = work.opened
    width, height = image.size
    if not copies and width * height <= max_pixels:
        image.draft(image.mode, (1, 1))
        return
    most = min(max_pixels, gate.budget * width * height / decode_cost(image, copies=copies))
    if width * height <= most:
        return
    factor = next((n for n in (2, 4, 8) if width * height / n**2 <= most), None)
    if factor is None or width * height > max_pixels * _MOST_SHRUNK or "progressive" in image.info:
        check_size(image, max_pixels)
        return
    image.draft(image.mode, (width // factor, height // factor))
    work.size = image.size
    work.change(image, f"It had {width * height / 1e6:.0f} megapixels; it was made {image.width}x{image.height}.")


def _make_right(work: _Work, head: bytes) -> None:
    opened = work.opened
    _take_first_frame(work)
    if opened.format == "PNG" and not has_end(work.data):  # refused by many servers, though all pixels are there
        work.change(opened, "Its last bytes were missing; it was saved again.")
    deep = opened.format == "PNG" and head[24:25] == b"\x10"  # the bit depth in its header
    deeper = normalize.eight_bits(work.image)
    bits = 32 if opened.mode in {"I", "F"} else 16
    work.change(deeper or (work.image if deep else None), f"Its {bits} bits a channel were scaled to 8.")
    work.change(normalize.in_srgb(work.image), "Its colors were converted from its own profile to sRGB.")
    work.change(normalize.common_mode(work.image), f"Its colors were converted from {work.image.mode} to RGB.")
    work.change(normalize.color_key_to_alpha(work.image), "Its transparent color became an alpha channel.")
    work.change(
        normalize.upright(work.image, normalize.orientation(opened)), "It was turned upright, as its orientation says."
    )
    if work.pixels is not None and work.size != work.pixels.size:
        work.size = work.pixels.size


def _take_first_frame(work: _Work) -> None:
    opened = work.opened
    if opened.format == "MPO":
        data = work.data if isinstance(work.data, bytes) else work.data.read_bytes()
        first = first_image(data)
        if first is None:
            work.change(opened, "The further images inside it were left out.")
        else:
            work.data = first
            work.notes.append("The further images inside it were left out.")
    elif (count := frame_count(opened, work.data)) > 1:
        what = "pages" if opened.format == "TIFF" else "frames"
        number = f"{count}" if count <= MAX_FRAMES else f"more than {MAX_FRAMES:,}"
        work.change(opened, f"Only the first of its {number} {what} is used.")


def _encoded(work: _Work, head: bytes) -> tuple[bytes | Path, Format]:
    opened, image = work.opened, work.image
    kind = SENDABLE.get("JPEG" if opened.format == "MPO" else opened.format or "")
    if kind is not None and work.pixels is None:
        return work.data, kind
    clear = image.has_transparency_data
    converted = kind is None
    if kind is None:
        kind = JPEG if opened.format in _LOSSY and not clear else PNG
    data = encode(image, kind, like=opened, lossless=b"VP8L" in head)
    if kind is PNG and len(data) >= LIMIT_BYTES and not clear:
        kind = JPEG
        data = encode(image, kind)
        work.notes.append("It was saved as JPEG, since as PNG it would be too large.")
    elif converted:
        work.notes.append(f"It was converted from {_word(opened)} to {'PNG' if kind is PNG else 'JPEG'}.")
    return data, kind
