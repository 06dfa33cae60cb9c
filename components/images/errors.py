"""The one way in which this room says no."""

from __future__ import annotations


class ImageRefused(ValueError):
    """Something that cannot be taken or done; the message says why and what helps, for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
