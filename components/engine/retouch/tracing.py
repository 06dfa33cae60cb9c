"""A picture of pixels as SVG: flat triangles in its colours, finer the more complexity is asked for."""

from __future__ import annotations

from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

from components.engine.brief import Brief
from components.engine.encode import SOFTWARE
from components.engine.paint.cells import triangles
from components.engine.vector import tone
from components.engine.words import printable

ORDINARY = 40  # cells along the shorter edge


def trace(image: Image.Image, brief: Brief) -> bytes:
    """The picture as an SVG document of its own size."""
    across = max(12, min(90, round(ORDINARY * brief.complexity * brief.detail**0.5)))
    solid = image.convert("RGB")
    alpha = np.asarray(image.getchannel("A")) if image.mode == "RGBA" else None
    pieces = []
    for corners, color in triangles(solid, across, brief.seed):
        x, y = (int(v) for v in np.mean(corners, axis=0))
        if alpha is not None and alpha[min(image.height - 1, y), min(image.width - 1, x)] < 128:
            continue
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in corners)
        pieces.append(f'<polygon points="{path}" fill="{tone(color)}" stroke="{tone(color)}"/>')
    width, height = image.size
    box = f'width="{width}" height="{height}"'
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} viewBox="0 0 {width} {height}">',
            f"<title>{escape(printable(brief.prompt)[:300])}</title>",
            f"<desc>{escape(SOFTWARE)}</desc>",
            f'<metadata><software xmlns="urn:image-workbench">{escape(SOFTWARE)}</software></metadata>',
            *pieces,
            "</svg>",
        )
    ).encode()
