"""What a form says when a press of its button sent nothing."""

from __future__ import annotations

from components.ui.session import connections

UNSENT = "Nothing was sent, so nothing was spent."


def connection_changed() -> str:
    """Return why nothing was sent: the connection is no longer the one that the page showed."""
    return f"The connection has just changed to {connections.chosen().name}. {UNSENT} Press again to use it."
