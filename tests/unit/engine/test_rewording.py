"""The engine's rules for help with words."""

from __future__ import annotations

import pytest

from components.engine.api.text.rewording import reword
from components.engine.drawing.vocabulary import read_prompt
from components.parameters.prompts.wording import TASKS, lost_groups

KEPT = '{night|photo}, {{very}} and "very stunning"'


@pytest.mark.parametrize("prompt", ["A lighthouse", "Two friends. ", "一座灯塔", "A teapot, in the rain"])
def test_what_is_added_changes_the_drawing(prompt: str) -> None:
    """Light or weather, mood, colors and style that were not named are named then, and the prompt stays in front."""
    text = reword(TASKS["expand"], prompt)
    words = read_prompt(text)
    assert text.startswith(prompt.rstrip(" ."))
    assert words.time or words.weather
    assert words.mood
    assert words.style
    assert words.colors or words.hint
    assert reword(TASKS["expand"], text).count(" mood") == 1, "what is named is not added again"


def test_filler_and_repetition_are_removed() -> None:
    """Everything that names something stays."""
    text = reword(TASKS["shorten"], "A very beautiful, stunning fox, 8k, sharp, at night, Sharp, masterpiece")
    assert text == "A fox, sharp, at night"
    assert reword(TASKS["shorten"], "Very") == "Very", "not an empty prompt"


def test_variations_differ_in_light_and_style() -> None:
    """Words for both are exchanged where they are, and an old man stays one."""
    texts = TASKS["vary"].prompts(reword(TASKS["vary"], "A photo of an old man in golden hour light"))
    assert texts == (
        "A watercolor of an old man in dawn light",
        "A risograph of an old man in sunset light",
        "A collage of an old man in dusk light",
    )
    assert len({read_prompt(text).style for text in texts}) == 3


@pytest.mark.parametrize("name", ["expand", "shorten", "vary"])
def test_braces_and_quotes_stay(name: str) -> None:
    """What is in them is for a sheet, a variable, or to be written into the image."""
    for text in TASKS[name].prompts(reword(TASKS[name], KEPT)):
        assert lost_groups(KEPT, text) == ()
        assert '"very stunning"' in text
