"""Lists of ids of any length, in pieces that a statement can take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# SQLite takes 999 variables a statement in old versions; the rest is for other conditions.
PIECE = 900


def pieces(ids: Sequence[str]) -> Iterator[list[str]]:
    """Each id once, in lists of at most 900."""
    once = list(dict.fromkeys(ids))
    for start in range(0, len(once), PIECE):
        yield once[start : start + PIECE]
