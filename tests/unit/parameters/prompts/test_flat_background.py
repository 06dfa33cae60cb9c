"""The key color of a flat background keeps away from the subject, and its words can be taken out of a prompt again."""

from __future__ import annotations

import pytest

from components.parameters.prompts.flat_background import (
    KEY_COLORS,
    KeyColor,
    key_color_for,
    key_color_in,
    without_key_color,
)
from components.parameters.prompts.styles import with_styles

GREEN, MAGENTA, BLUE = KEY_COLORS


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("a red apple", GREEN),
        ("a red apple with a leaf", MAGENTA),
        ("a frog on a pink flower", BLUE),
        ("Grass, roses, the SEA and the sky", GREEN),
        ("", GREEN),
    ],
)
def test_words_of_the_prompt_choose_the_color(prompt: str, key: KeyColor) -> None:
    """The color that the fewest words of the prompt have."""
    assert key_color_for(prompt) is key


def test_the_colors_of_an_image_choose_where_words_do_not() -> None:
    """The color farthest from the image; words of the prompt count more."""
    distances = {"green": 10.0, "magenta": 30.0, "blue": 200.0}
    assert key_color_for("make it shine", lambda key: distances[key.name]) is BLUE
    assert key_color_for("under the blue sky", lambda key: distances[key.name]) is MAGENTA


@pytest.mark.parametrize("prompt", ["a cat", "A cat. It sleeps.", "two cats,"])
def test_what_is_added_is_found_and_taken_out(prompt: str) -> None:
    """The prompt that is sent names the color; without the text it is the prompt that was written."""
    for key in KEY_COLORS:
        sent = with_styles(prompt, (key.style,))
        assert key.hex in sent
        assert key_color_in(sent) is key
        assert without_key_color(sent) == prompt.rstrip(",")
    assert key_color_in(prompt) is None
