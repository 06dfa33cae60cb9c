"""Affine maps of the plane, as the canvas writes them: (a, b, c, d, e, f) sends (x, y) to (ax+cy+e, bx+dy+f)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Matrix = tuple[float, float, float, float, float, float]
Points = NDArray[np.float64]  # shape (n, 2)


def chain(*matrices: Matrix) -> Matrix:
    """Return one map that applies the last of `matrices` first and the first of them last."""
    a, b, c, d, e, f = matrices[0]
    for k, h, m, n, o, p in matrices[1:]:
        a, b, c, d, e, f = (
            a * k + c * h,
            b * k + d * h,
            a * m + c * n,
            b * m + d * n,
            a * o + c * p + e,
            b * o + d * p + f,
        )
    return a, b, c, d, e, f


def shift(x: float, y: float) -> Matrix:
    """Return a translation by (x, y)."""
    return 1.0, 0.0, 0.0, 1.0, x, y


def scale(x: float, y: float) -> Matrix:
    """Return a scaling by x to the right and y downwards."""
    return x, 0.0, 0.0, y, 0.0, 0.0


def turn(degrees: float) -> Matrix:
    """Return a rotation about the origin, clockwise on the screen."""
    angle = math.radians(degrees)
    return math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), 0.0, 0.0


def skew(x_degrees: float, y_degrees: float) -> Matrix:
    """Return a skew along y followed by one along x."""
    along_x = (1.0, 0.0, math.tan(math.radians(x_degrees)), 1.0, 0.0, 0.0)
    along_y = (1.0, math.tan(math.radians(y_degrees)), 0.0, 1.0, 0.0, 0.0)
    return chain(along_x, along_y)


def apply(matrix: Matrix, points: Points) -> Points:
    """Return the mapped points."""
    a, b, c, d, e, f = matrix
    mapped = np.empty_like(points)
    x, y = points[:, 0], points[:, 1]
    mapped[:, 0] = a * x + c * y + e
    mapped[:, 1] = b * x + d * y + f
    return mapped


def determinant(matrix: Matrix) -> float:
    """Return the factor by which areas grow; negative where the map mirrors."""
    a, b, c, d, _, _ = matrix
    return a * d - b * c


def inverse(matrix: Matrix) -> Matrix:
    """Return the inverse map. Raise ZeroDivisionError where there is none."""
    a, b, c, d, e, f = matrix
    k = 1 / determinant(matrix)
    return d * k, -b * k, -c * k, a * k, (c * f - d * e) * k, (b * e - a * f) * k


def magnification(matrix: Matrix) -> float:
    """Return the largest factor by which lengths grow."""
    a, b, c, d, _, _ = matrix
    return max(math.hypot(a, b), math.hypot(c, d))
