"""Serve OpenAI-compatible requests by rules: draw posters and measure images. It is no AI model."""

from components.engine.api.server import EngineServer

__all__ = ["EngineServer"]
