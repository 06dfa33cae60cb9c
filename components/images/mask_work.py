"""What can be done with a mask as a whole. A mask in work is an L image of the picture's size: 255 is painted.

On the wire it is the other way round: where alpha is 0 the picture is edited (API reference, row "mask").
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageStat

from components.images.probe import has_transparency
from components.parameters import InputImage

MASK_BYTES = 4_000_000


def invert(mask: Image.Image) -> Image.Image:
    """Painted and not painted swapped."""
    return ImageChops.invert(mask)


def grow(mask: Image.Image, pixels: int) -> Image.Image:
    """The painted area made larger by `pixels` all around, with round corners."""
    return _spread(mask, pixels)


def shrink(mask: Image.Image, pixels: int) -> Image.Image:
    """The painted area made smaller by `pixels` all around. The picture's edge counts as painted beyond."""
    return ImageChops.invert(_spread(ImageChops.invert(mask), pixels))


def _spread(mask: Image.Image, pixels: int) -> Image.Image:
    """Each row's painted stretches widened as a disc is wide there, one row of the disc after another."""
    source = np.asarray(mask)
    out = source.copy()
    for row in range(pixels + 1):
        reach = int((pixels * pixels - row * row) ** 0.5 + 0.5)
        wide = np.asarray(_widened(mask, reach)) if reach else source
        if row == 0:
            np.maximum(out, wide, out=out)
        else:
            np.maximum(out[row:], wide[:-row], out=out[row:])
            np.maximum(out[:-row], wide[row:], out=out[:-row])
    return Image.fromarray(out)


def _widened(mask: Image.Image, reach: int) -> Image.Image:
    """The largest value within `reach` pixels to the left and right: doubled shifts, so it costs few passes."""
    values = np.asarray(mask)
    width = values.shape[1]
    window, best = 1, values.copy()
    padded = np.zeros((values.shape[0], width + 2 * reach), values.dtype)
    padded[:, reach : reach + width] = values
    best = padded
    while window * 2 <= 2 * reach + 1:
        moved = best.copy()
        np.maximum(moved[:, : -window or None], best[:, window:], out=moved[:, : -window or None])
        best, window = moved, window * 2
    rest = 2 * reach + 1 - window
    if rest:
        moved = best.copy()
        np.maximum(moved[:, :-rest], best[:, rest:], out=moved[:, :-rest])
        best = moved
    return Image.fromarray(np.ascontiguousarray(best[:, :width]))


def feather(mask: Image.Image, pixels: int) -> Image.Image:
    """The painted area's edge made soft over about `pixels` on each side."""
    return mask.filter(ImageFilter.GaussianBlur(pixels / 2))


def share(mask: Image.Image) -> float:
    """How much of the picture is painted, 0 to 1; half-painted pixels count half."""
    return float(ImageStat.Stat(mask).mean[0]) / 255


def mask_from_alpha(picture: Image.Image) -> Image.Image:
    """What is see-through in a picture, painted."""
    if not has_transparency(picture):
        return Image.new("L", picture.size, 0)
    return ImageChops.invert(picture.convert("RGBA").getchannel("A"))


def _by_itself(image: Image.Image) -> Image.Image:
    if has_transparency(image) and image.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        return mask_from_alpha(image)
    grey = image.convert("L")
    # A mask usually covers less than half, so the rarer of black and white is what was painted.
    return grey if share(grey) <= 0.5 else ImageChops.invert(grey)


READINGS: Mapping[str, object] = {
    "alpha": mask_from_alpha,
    "white": lambda image: image.convert("L"),
    "black": lambda image: ImageChops.invert(image.convert("L")),
    "auto": _by_itself,
}


def mask_from_upload(image: Image.Image, size: tuple[int, int], *, reading: str = "auto") -> Image.Image:
    """An uploaded mask as coverage of `size` (width, height).

    `reading` is "alpha" (see-through is edited), "white", "black" (that is edited) or "auto". Raises ValueError for
    a mask of another shape; one of the same shape and another size is scaled.
    """
    if abs(image.width * size[1] - image.height * size[0]) > max(image.width, image.height, *size):
        raise ValueError(f"it is {image.width}x{image.height}, the picture {size[0]}x{size[1]}; their shapes differ.")
    read = READINGS[reading]
    assert callable(read)
    painted: Image.Image = read(image)
    return painted if painted.size == size else painted.resize(size, Image.Resampling.BICUBIC)


def mask_png(mask: Image.Image, into: Path, *, name: str = "mask.png") -> InputImage:
    """The mask as the API wants it: a PNG of the same size, alpha 0 where painted and 255 elsewhere, under 4 MB.

    Where soft edges make it too large, their levels are made fewer until it fits; two levels always do for what
    people paint.
    """
    alpha = ImageChops.invert(mask)
    for levels in (256, 64, 16, 4, 2):
        data = _png(alpha if levels == 256 else _fewer(alpha, levels))
        if len(data) < MASK_BYTES:
            break
    else:
        data = _smoothed(alpha)
    sha256 = hashlib.sha256(data).hexdigest()
    path = into / f"{sha256}.png"
    path.write_bytes(data)
    return InputImage(path, name, "image/png", *mask.size, len(data), sha256, True)


def _fewer(alpha: Image.Image, levels: int) -> Image.Image:
    step = 255 / (levels - 1)
    return alpha.point([round(round(value / step) * step) for value in range(256)])


def _smoothed(alpha: Image.Image) -> bytes:
    """For masks that are noise: specks are melted together until the PNG fits."""
    for radius in (1, 2, 4, 8, 16, 32):
        data = _png(_fewer(alpha.filter(ImageFilter.GaussianBlur(radius)), 2))
        if len(data) < MASK_BYTES:
            return data
    return _png(_fewer(alpha.filter(ImageFilter.GaussianBlur(128)), 2))


def _png(alpha: Image.Image) -> bytes:
    black = Image.new("L", alpha.size, 0)
    file = io.BytesIO()
    Image.merge("RGBA", (black, black, black, alpha)).save(file, "PNG", compress_level=6)
    return file.getvalue()
