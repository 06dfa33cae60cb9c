"""The edges of shapes: of their areas and of their lines, in the image's pixels."""

from __future__ import annotations

import numpy as np

from components.images.drawing import affine
from components.images.drawing.affine import Points
from components.images.drawing.curves import Outline
from components.images.drawing.fabric import DrawnShape
from components.images.drawing.rasterizer import Edges, edges_of
from components.images.drawing.stroker import Pen, outline

TOLERANCE = 0.1  # pixels that a curve's polygon may be off


def area_edges(shape: DrawnShape) -> Edges:
    """Return the edges of what `shape` encloses, as if each of its lines were closed. They turn the right way (see
    `strokes`) if the form is convex, and any way if not.
    """
    polygons = [part.points for part in _outlines(shape, shape.matrix) if len(part.points) > 2]
    edges = _mapped(edges_of(polygons), shape.matrix)
    if shape.form.convex and _signed_area(edges) < 0:
        edges = _reversed(edges)
    return edges


def line_edges(shape: DrawnShape) -> Edges:
    """Return the edges of the line of `shape` in its full width; their outlines all turn the right way."""
    matrix = shape.matrix
    stretch = np.ones(2)
    if shape.stretch is not None:  # the pen stays round: stretch the points first and the rest of the way both
        stretch = np.array(shape.stretch)
        matrix = affine.chain(matrix, affine.scale(1 / stretch[0], 1 / stretch[1]))
    magnification = affine.magnification(matrix)
    if not shape.stroke_width or not magnification:
        return edges_of([])
    pen = Pen(shape.stroke_width / 2, shape.cap, shape.join, shape.miter_limit, TOLERANCE / magnification)
    polygons: list[Points] = []
    for part in _outlines(shape, shape.matrix):
        polygons += outline(part.points * stretch, part.closed, pen)
    edges = _mapped(edges_of(polygons), matrix)
    return _reversed(edges) if affine.determinant(matrix) < 0 else edges


def _outlines(shape: DrawnShape, matrix: affine.Matrix) -> list[Outline]:
    tolerance = TOLERANCE / (affine.magnification(matrix) or 1.0)
    return [part if isinstance(part, Outline) else part.flattened(tolerance) for part in shape.form.subpaths]


def _mapped(edges: Edges, matrix: affine.Matrix) -> Edges:
    return affine.apply(matrix, edges.reshape(-1, 2)).reshape(-1, 4)


def _reversed(edges: Edges) -> Edges:
    return edges[:, [2, 3, 0, 1]]


def _signed_area(edges: Edges) -> float:
    x0, y0, x1, y1 = edges.T
    return float((x0 * y1 - x1 * y0).sum())
