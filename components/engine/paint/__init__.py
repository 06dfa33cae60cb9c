"""From a scene to pixels."""

from components.engine.paint.picture import render

__all__ = ["render"]
