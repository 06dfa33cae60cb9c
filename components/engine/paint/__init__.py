"""From a scene to pixels."""

from components.engine.paint.picture import paint, render

__all__ = ["paint", "render"]
