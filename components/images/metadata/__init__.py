"""Recipes in image files: a downloaded image carries the request that made it; and whether it is signed."""

from components.images.metadata.files import carries_manifest, recipe_in, recipe_length, with_recipe

__all__ = ["carries_manifest", "recipe_in", "recipe_length", "with_recipe"]
