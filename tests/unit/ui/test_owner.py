"""The name that a person gives."""

from __future__ import annotations

import pytest

from components.ui.access.identity import LONGEST_NAME, clean_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Anna   Ohlsson ", "Anna Ohlsson"),
        ("Zoë\nO’Hara", "Zoë O’Hara"),
        ("\u202eevil\x00", "evil"),
        ("", ""),
        ("   ", ""),
        ("x" * 200, "x" * LONGEST_NAME),
    ],
)
def test_a_name_is_one_short_line(given: str, kept: str) -> None:
    """No line breaks, no control or direction marks, no more than fits beside a run."""
    assert clean_name(given) == kept
