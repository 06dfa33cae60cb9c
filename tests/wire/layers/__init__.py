"""The app through real middle layers: LiteLLM's proxy and nginx, each in front of the built-in engine."""
