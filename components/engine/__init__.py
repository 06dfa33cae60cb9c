"""Serve OpenAI-compatible requests by rules: draw posters and measure images. It is not an AI model."""

from components.engine.api.server import EngineServer

__all__ = ["EngineServer"]
