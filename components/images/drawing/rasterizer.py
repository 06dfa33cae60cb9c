"""Turn polygons into coverage: for every pixel the share that lies inside, exact and without sampling.

Each edge adds to the pixels it crosses the signed area to its right; summing along a row then yields every pixel's
winding number times its covered share. Closed outlines that overlap and all turn the same way thus yield their
union, which is how a stroke can be handed over in many pieces.

The pixel (0, 0) covers the square from (0, 0) to (1, 1), as on an HTML canvas.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from components.images.drawing.affine import Points

Edges = NDArray[np.float64]  # shape (n, 4): x0, y0, x1, y1
Coverage = NDArray[np.uint8]  # shape (height, width): 0 outside to 255 inside
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels, the last two not included

_BAND_CELLS = 125_000  # of a band of rows; fits the processor's cache
_PIECES_AT_ONCE = 400_000  # edges cut at the borders of pixels; bounds the memory


def edges_of(polygons: Sequence[Points]) -> Edges:
    """Return the edges of closed polygons, each polygon's last point joined to its first.

    Each of `polygons` holds the points of one, shape (n, 2), or of several with as many points, shape (k, n, 2).
    """
    parts = [
        np.concatenate([points, np.concatenate([points[..., 1:, :], points[..., :1, :]], axis=-2)], axis=-1)
        for points in polygons
    ]
    return np.concatenate([part.reshape(-1, 4) for part in parts]) if parts else np.empty((0, 4))


def box_of(edges: Edges, width: int, height: int) -> Box | None:
    """Return the box of pixels in a width x height image that the edges can touch; None if there are none."""
    if not len(edges):
        return None
    x, y = edges[:, 0::2], edges[:, 1::2]
    left, top = max(0, math.floor(x.min())), max(0, math.floor(y.min()))
    right, bottom = min(width, math.ceil(x.max())), min(height, math.ceil(y.max()))
    return (left, top, right, bottom) if left < right and top < bottom else None


def rasterize(edges: Edges, box: Box) -> Coverage:
    """Return how much of each pixel in `box` lies inside the closed outlines that the edges form (nonzero winding)."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    out = np.zeros((height, width), np.uint8)
    x0, y0, x1, y1 = edges.T
    rising = y1 < y0
    x = np.where(rising, x1, x0) - left
    upper = np.where(rising, y1, y0) - top
    lower = np.where(rising, y0, y1) - top
    inside = (lower > upper) & (lower > 0) & (upper < height)
    if not inside.any():
        return out
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (x1 - x0) / (y1 - y0)
    table = np.stack([x, upper, lower, slope, np.where(rising, -1.0, 1.0)])[:, inside]
    rows = max(1, _BAND_CELLS // width)
    band = (np.maximum(table[1], 0.0) // rows).astype(np.int32)
    order = np.argsort(band, kind="stable")
    table, ends = table[:, order], np.bincount(band, minlength=-(-height // rows)).cumsum()
    begun = table[:, :0]  # edges from bands above that continue in this one
    for number, start in enumerate(range(0, height, rows)):
        begun = np.concatenate([begun, table[:, ends[number - 1] if number else 0 : ends[number]]], axis=1)
        if begun.shape[1]:
            _fill(out[start : start + rows], begun, start)
        begun = begun[:, begun[2] > start + rows]
    return out


def _fill(out: Coverage, table: NDArray[np.float64], start: int) -> None:
    """Fill one band of rows that begins at row `start`."""
    height, width = out.shape
    sums = np.zeros(height * (width + 3))
    for some in _portions(table, start, height, width):
        cells, weights = _areas(some, start, height, width)
        sums += np.bincount(cells, weights, minlength=len(sums))
    rows = np.cumsum(sums.reshape(height, width + 3), axis=1)[:, :width]
    np.abs(rows, out=rows)
    np.minimum(rows, 1.0, out=rows)
    rows *= 255.0
    rows += 0.5
    out[:] = rows


def _portions(table: NDArray[np.float64], start: int, height: int, width: int) -> Iterator[NDArray[np.float64]]:
    """Yield the edges in portions that are cut into a bounded number of pieces each."""
    _, upper, lower, slope, _ = table
    rows = np.minimum(lower, start + height) - np.maximum(upper, start)
    pieces = np.cumsum(rows + np.minimum(np.abs(slope) * rows, width) + 2.0)
    if pieces[-1] <= _PIECES_AT_ONCE:
        yield table
        return
    borders = np.searchsorted(pieces, np.arange(_PIECES_AT_ONCE, pieces[-1], _PIECES_AT_ONCE), side="right")
    yield from np.split(table, borders, axis=1)


def _areas(
    table: NDArray[np.float64], start: int, height: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return where the edges change the running sum along a row, and by how much. A row has width + 3 cells."""
    x, upper, lower, slope, sign = table
    at_zero = x + (start - upper) * slope  # where the edge's line meets the band's first row
    upper = np.maximum(upper - start, 0.0)
    lower = np.minimum(lower - start, height)
    row0 = np.floor(upper)
    rows = (np.ceil(lower) - row0).astype(np.int64)
    row = np.arange(rows.sum()) - np.repeat(np.cumsum(rows) - rows - row0.astype(np.int64), rows)
    enter = np.maximum(np.repeat(upper, rows), row)
    leave = np.minimum(np.repeat(lower, rows), row + 1)
    amount = (leave - enter) * np.repeat(sign, rows)
    slope, at_zero = np.repeat(slope, rows), np.repeat(at_zero, rows)
    from_x, to_x = at_zero + enter * slope, at_zero + leave * slope
    low = np.minimum(np.maximum(np.minimum(from_x, to_x), 0.0), width)
    high = np.minimum(np.maximum(np.maximum(from_x, to_x), 0.0), width)
    column = low.astype(np.int64)
    cell = row * (width + 3) + column
    low -= column
    high -= column
    flat = high > 2.0
    if not flat.any():
        return _steep(cell, low, high, amount)
    steep = ~flat
    cells, weights = _steep(cell[steep], low[steep], high[steep], amount[steep])
    more_cells, more_weights = _flat(cell[flat], low[flat], high[flat], amount[flat])
    return np.concatenate([cells, more_cells]), np.concatenate([weights, more_weights])


def _steep(
    cell: NDArray[np.int64], low: NDArray[np.float64], high: NDArray[np.float64], amount: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Handle pieces that cross at most two pixels of their row, `low` to `high` from the first pixel's left."""
    middle = (low + high) * 0.5
    in_first = 1.0 - low
    beyond = np.maximum(high - 1.0, 0.0)
    first = np.where(beyond > 0.0, in_first * in_first / np.maximum(2.0 * (high - low), 1e-12), 1.0 - middle)
    first *= amount
    both = (2.0 - middle) * amount
    cells = np.concatenate([cell, cell + 1, cell + 2])
    return cells, np.concatenate([first, both - 2.0 * first, amount - both + first])


def _flat(
    cell: NDArray[np.int64], low: NDArray[np.float64], high: NDArray[np.float64], amount: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Handle pieces that cross many pixels of their row; they are cut at every pixel's border."""
    pieces = np.ceil(high).astype(np.int64)
    step = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    enter = np.maximum(np.repeat(low, pieces), step)
    leave = np.minimum(np.repeat(high, pieces), step + 1)
    weight = np.repeat(amount / (high - low), pieces) * (leave - enter)
    left_part = ((enter + leave) * 0.5 - step) * weight
    cells = np.repeat(cell, pieces) + step
    return np.concatenate([cells, cells + 1]), np.concatenate([weight - left_part, left_part])
