"""Edits pictures for real: draws anew where it is asked to, and leaves every other pixel as it was."""

from components.engine.retouch.edit import Material, retouch
from components.engine.retouch.tracing import trace

__all__ = ["Material", "retouch", "trace"]
