"""Places: what is behind and before the subjects, and where these can stand."""

from components.engine.places.table import PLACES, build_place

__all__ = ["PLACES", "build_place"]
