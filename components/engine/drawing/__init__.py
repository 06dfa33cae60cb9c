"""Typographic posters: the prompt's own words over an abstract composition, drawn by rules from a seed."""

from components.engine.drawing.raster import render
from components.engine.drawing.scene import build_scene, describe
from components.engine.drawing.spec import SOFTWARE, DrawSpec
from components.engine.drawing.svg import trace_svg, write_svg

__all__ = [
    "SOFTWARE",
    "DrawSpec",
    "build_scene",
    "describe",
    "render",
    "trace_svg",
    "write_svg",
]
