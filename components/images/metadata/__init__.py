"""Recipes in image files: a downloaded image carries the request that made it."""

from components.images.metadata.files import recipe_in, recipe_length, with_recipe

__all__ = ["recipe_in", "recipe_length", "with_recipe"]
