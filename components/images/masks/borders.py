"""Whether two images of one size show the same frame, judged by what lies outside a mask.

A model may answer in the right size and yet have moved or zoomed what it shows; then a pixel of one image has
nothing to do with the same pixel of the other. What is compared is detail at thumbnail size: brightness without
its slow changes, so that different light does not matter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_EDGE = 88  # pixels of the thumbnails
_ENOUGH_OUTSIDE = 0.05  # share of the image; less proves nothing
_ENOUGH_DETAIL = 2.0  # standard deviation, of 255; a plain wall proves nothing
_ALIKE = 0.35  # correlation of detail from which on two images show the same
_CLEARLY = 0.45  # and from which on a moved one does
_BETTER = 0.2
_FARTHEST = 0.22  # of the image's size within which a move is searched
_STEP = 2
_ZOOMS = (1.0, 0.8, 0.87, 0.93, 1.07, 1.15, 1.25)

Plane = NDArray[np.float64]


def framing_problem(before: Image.Image, after: Image.Image, painted: Image.Image) -> str | None:
    """Return a sentence on how the frame of `after` differs from that of `before`; None if it does not, or if unclear.

    All three have the same size; `painted` is the mask ("L", 255 inside), whose inside is ignored.
    """
    scale = _EDGE / max(before.size)
    if scale >= 1:
        return None
    size = (max(8, round(before.width * scale)), max(8, round(before.height * scale)))
    old, new = _detail(before, size), _detail(after, size)
    outside = np.asarray(painted.resize(size, Image.Resampling.BOX)) == 0
    if outside.mean() < _ENOUGH_OUTSIDE or old[outside].std() < _ENOUGH_DETAIL:
        return None
    here = _correlation(old, new, outside)
    if here >= _ALIKE:
        return None
    best, x, y, zoom = _best(before, after, size, old, outside)
    if best < max(_CLEARLY, here + _BETTER):
        return None
    moves = [f"zoomed to {zoom * 100:.0f}%"] if zoom != 1.0 else []
    if x or y:
        moves.append(f"moved by about {round(abs(x) / scale)} pixels across and {round(abs(y) / scale)} down")
    return f"The result shows another frame, {' and '.join(moves)}, so the original cannot be put back around the mask."


def _detail(image: Image.Image, size: tuple[int, int]) -> Plane:
    gray = image.convert("RGB").resize(size, Image.Resampling.BOX, reducing_gap=2.0).convert("L")
    slow = gray.filter(ImageFilter.GaussianBlur(4))
    return np.asarray(gray, dtype=np.float64) - np.asarray(slow, dtype=np.float64)


def _correlation(one: Plane, other: Plane, where: NDArray[np.bool_]) -> float:
    if where.sum() < 64:
        return 0.0
    a, b = one[where] - one[where].mean(), other[where] - other[where].mean()
    both = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / both if both else 0.0


def _best(
    before: Image.Image, after: Image.Image, size: tuple[int, int], old: Plane, outside: NDArray[np.bool_]
) -> tuple[float, int, int, float]:
    """Return the best correlation among moves and zooms of the new image; its x and y in thumbnail pixels; its zoom."""
    width, height = size
    best = (-1.0, 0, 0, 1.0)
    for zoom in _ZOOMS:
        new = _detail(after, (max(8, round(width / zoom)), max(8, round(height / zoom))))
        middle_x, middle_y = (width - new.shape[1]) // 2, (height - new.shape[0]) // 2
        for y in _moves(height):
            rows, new_rows = _overlap(height, new.shape[0], middle_y + y)
            for x in _moves(width):
                columns, new_columns = _overlap(width, new.shape[1], middle_x + x)
                found = _correlation(old[rows, columns], new[new_rows, new_columns], outside[rows, columns])
                if found > best[0]:
                    best = (found, x, y, zoom)
    return best


def _moves(length: int) -> range:
    reach = int(length * _FARTHEST) // _STEP * _STEP
    return range(-reach, reach + 1, _STEP)


def _overlap(old: int, new: int, place: int) -> tuple[slice, slice]:
    """Return what a row of `old` pixels and one of `new` pixels that begins at `place` have in common, in each."""
    start, end = max(0, place), min(old, place + new)
    return slice(start, end), slice(start - place, end - place)
