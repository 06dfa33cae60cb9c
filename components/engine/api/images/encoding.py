"""Write images as files that say what drew them (rules, no AI model), and make partial images."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from components.engine.drawing import SOFTWARE

PNG_LEVEL = 1  # zlib's fastest: for these images a third of the time of level 6, for a tenth more bytes


@dataclass(frozen=True)
class Encoding:
    """Say how to write: the API's format, its compression 0 to 100 (100 keeps most), and what the image shows."""

    format: str = "png"
    compression: int = 100
    description: str = ""
    frame_ms: int = 200


def encode(image: Image.Image, how: Encoding) -> bytes:
    """Return one still image as a PNG, JPEG, WebP or GIF file."""
    out = io.BytesIO()
    _WRITERS[how.format](image, how, out)
    return out.getvalue()


def encode_animation(frames: Sequence[Image.Image], how: Encoding) -> bytes:
    """Return an endless GIF. All frames share the first one's colors, so that nothing flickers."""
    palette = frames[0].convert("RGB").quantize(255, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    still = [frame.convert("RGB").quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for frame in frames]
    for odd in still[1::2]:
        # Pillow drops a frame that equals the one before; one pixel keeps each of them.
        corner = (odd.width - 1, odd.height - 1)
        odd.putpixel(corner, odd.crop((*corner, odd.width, odd.height)).tobytes()[0] ^ 1)
    out = io.BytesIO()
    still[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=still[1:],
        duration=how.frame_ms,
        loop=0,
        comment=SOFTWARE.encode(),
        optimize=False,
    )
    return out.getvalue()


def _exif(how: Encoding) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = SOFTWARE
    exif[ExifTags.Base.ImageDescription] = SOFTWARE
    return exif


def _write_png(image: Image.Image, how: Encoding, out: io.BytesIO) -> None:
    about = PngInfo()
    about.add_text("Software", SOFTWARE)
    about.add_itxt("Description", how.description or SOFTWARE)
    image.save(out, "PNG", compress_level=PNG_LEVEL, pnginfo=about)


def _write_jpeg(image: Image.Image, how: Encoding, out: io.BytesIO) -> None:
    # Over 95 a JPEG only grows; at 0 Pillow still writes an image, a very poor one.
    quality = min(95, max(1, how.compression))
    subsampling = 0 if quality >= 90 else 2
    image.convert("RGB").save(
        out, "JPEG", quality=quality, subsampling=subsampling, exif=_exif(how), comment=SOFTWARE.encode()
    )


def _write_webp(image: Image.Image, how: Encoding, out: io.BytesIO) -> None:
    image.save(out, "WEBP", quality=how.compression, method=0, exif=_exif(how))


def _write_gif(image: Image.Image, how: Encoding, out: io.BytesIO) -> None:
    out.write(encode_animation([image], how))


_WRITERS: Mapping[str, Callable[[Image.Image, Encoding, io.BytesIO], None]] = {
    "png": _write_png,
    "jpeg": _write_jpeg,
    "webp": _write_webp,
    "gif": _write_gif,
}


COARSEST = 48  # how many pixels of the whole become one at the very beginning


def partial_image(image: Image.Image, share: float) -> Image.Image:
    """Return the image as it looks when `share`, 0 to 1, of the work is done: the same size, less detail."""
    coarse = max(2, round(COARSEST ** (1 - share)))
    small = image.resize((max(1, image.width // coarse), max(1, image.height // coarse)), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.BICUBIC)
