"""Measures pictures and says what was measured. Nothing here understands what a picture shows."""
