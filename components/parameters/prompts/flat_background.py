"""Ask for a flat background in a key color, which can be cut out of the image afterwards.

The color keeps away from the subject: from the colors that the prompt's words have, and from those of input images.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from components.parameters.prompts.styles import Style

STYLE_ID = "flat-background"


@dataclass(frozen=True)
class KeyColor:
    """A color to cut out: its name, its value, and the words of subjects that have it."""

    name: str
    hex: str
    words: frozenset[str]

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Return red, green and blue, 0 to 255."""
        red, green, blue = bytes.fromhex(self.hex[1:])
        return red, green, blue

    @property
    def style(self) -> Style:
        """Return the text that is added to a prompt, as a style."""
        text = (
            f"on a completely flat solid {self.name} ({self.hex}) background that fills the whole image, with no "
            f"gradient, texture, shadow or reflection, and no {self.name} in the subject"
        )
        return Style(STYLE_ID, f"Flat {self.name} background", text)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEY_COLORS = (
    KeyColor(
        "green",
        "#00ff00",
        _words(
            "green grass lawn meadow leaf leaves foliage plant plants tree trees forest jungle fern ivy moss cactus "
            "lime olive emerald mint frog parrot lizard crocodile turtle cucumber broccoli lettuce avocado pear neon"
        ),
    ),
    KeyColor(
        "magenta",
        "#ff00ff",
        _words(
            "magenta pink purple violet fuchsia rose roses orchid lilac lavender plum berry berries flamingo grape "
            "grapes amethyst neon sunset flower flowers"
        ),
    ),
    KeyColor(
        "blue",
        "#0000ff",
        _words("blue navy azure sky sea ocean water wave lake denim jeans sapphire cobalt indigo whale dolphin"),
    ),
)


def key_color_for(prompt: str, distance: Callable[[KeyColor], float] = lambda key: 0.0) -> KeyColor:
    """Return the key color with the fewest words in the prompt; of several, the one of the largest distance.

    `distance` says how far the color is from those of the images that go in.
    """
    found = re.findall(r"[a-z]+", prompt.lower())
    return min(KEY_COLORS, key=lambda key: (sum(word in key.words for word in found), -distance(key)))


def key_color_in(prompt: str) -> KeyColor | None:
    """Return the key color whose text a prompt has, or None."""
    return next((key for key in KEY_COLORS if key.style.text in prompt), None)


def without_key_color(prompt: str) -> str:
    """Return a prompt without the text that asks for a flat background."""
    for key in KEY_COLORS:
        prompt = re.sub(rf"[,\s]*{re.escape(key.style.text)}", "", prompt)
    return prompt
