"""The error that everything in this room raises."""

from __future__ import annotations


class ImageRefused(ValueError):
    """An image that cannot be used, or a change that cannot be made. The message tells a person why and what helps."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
