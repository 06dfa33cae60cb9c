"""Open untrusted images safely: only common formats, a limit of pixels, and one kind of error."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pi_heif
from PIL import Image, UnidentifiedImageError

from components.images.decoding.decode_gate import TooMuchMemory, decode_cost, gate
from components.images.errors import ImageRefused

pi_heif.register_heif_opener()

# No EPS, which starts Ghostscript, and nothing rare. MPO comes with JPEG.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "DIB", "HEIF", "AVIF", "JPEG2000", "PPM", "ICO", "PSD")
# For stored images, which passed the limit of their time.
KNOWN_PIXELS = 1_000_000_000

_BROKEN = "The image is broken: its data ends early or is invalid. Save or download it again, then add it."


def source_of(data: bytes | Path) -> io.BytesIO | Path:
    """Return a source for Pillow: a path stays one, so that the file is not read into memory."""
    return data if isinstance(data, Path) else io.BytesIO(data)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn whatever a decoder raises on a broken file into ImageRefused, and silence its warnings.

    Decoders of hostile files raise nearly everything: OSError, SyntaxError, ValueError (a text chunk that inflates
    without end), struct.error, RuntimeError, MemoryError.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageRefused:
        raise
    except Exception as error:
        raise ImageRefused(_BROKEN) from error


def open_image(data: bytes | Path) -> Image.Image:
    """Open an image without decoding its pixels; size and format are known. Raise ImageRefused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(source_of(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ImageRefused("This is not an image in a format that can be read.") from error
    except Exception as error:
        raise ImageRefused(_BROKEN) from error


def check_size(image: Image.Image, max_pixels: int) -> None:
    """Raise ImageRefused for an image without pixels, or with more than `max_pixels`."""
    if image.width < 1 or image.height < 1:
        raise ImageRefused(f"The image is {image.width}x{image.height}: it has no pixels.")
    if image.width * image.height > max_pixels:
        raise ImageRefused(
            f"The image is {image.width}x{image.height}, {image.width * image.height / 1e6:.0f} megapixels; at "
            f"most {max_pixels / 1e6:.0f} megapixels are opened here. Make it smaller, then add it again."
        )


@contextmanager
def decoding(image: Image.Image, *, copies: float = 0, stored: tuple[int, int] | None = None) -> Iterator[None]:
    """Wait at the decode gate, and hold the memory of this opened image inside the block; see `decode_cost`.

    The image is closed at the end, so that its pixels do not outlive the claim. Raise ImageRefused for an image that
    takes more memory than decoding may at all.
    """
    try:
        with gate.claim(decode_cost(image, copies=copies, stored=stored)), closing(image):
            yield
    except TooMuchMemory as error:
        raise ImageRefused(f"The image is {image.width}x{image.height}. {error}") from error


@contextmanager
def decoding_all(*files: bytes | Path, copies: float = 0, more: float = 0) -> Iterator[None]:
    """Hold the memory of all these files together, with `copies` copies of each, and `more` bytes.

    Raise ImageRefused as `decoding`. Files that cannot be opened count as 0; decoding them says what is wrong.
    """
    needed = more
    for data in files:
        with suppress(ImageRefused), open_image(data) as image:
            needed += decode_cost(image, copies=copies)
    try:
        with gate.claim(needed):
            yield
    except TooMuchMemory as error:
        raise ImageRefused(str(error)) from error


def decode(data: bytes | Path, *, max_pixels: int) -> Image.Image:
    """Return an image with all its pixels. Raise ImageRefused.

    Callers that work on with the pixels do so inside `decoding_all`, so that all memory counts.
    """
    with open_image(data) as image:  # closes the file; the pixels stay
        check_size(image, max_pixels)
        with decoding_all(more=decode_cost(image)), refusing():
            image.load()
    return image
