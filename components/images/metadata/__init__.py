"""Recipes inside pictures: what a picture was made with travels in the file that people download."""

from components.images.metadata.files import recipe_in, recipe_length, with_recipe

__all__ = ["recipe_in", "recipe_length", "with_recipe"]
