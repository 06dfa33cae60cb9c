"""Edits of images that exist: what changes, and where."""

from components.engine.editing.edit import EditInputs, edit_image

__all__ = ["EditInputs", "edit_image"]
