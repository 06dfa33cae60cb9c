"""The built-in OpenAI-compatible server: it draws by rules and measures pictures, and is no AI model."""

from components.engine.server import EngineServer

__all__ = ["EngineServer"]
