"""Prompts that make the engine misbehave on purpose, so that every failure can be tried by hand."""
