"""What changed between two recipes, as the family of an image shows it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.parameters import DiffSegment, diff_recipes, diff_words, differing_values, differing_words
from components.parameters.recipes.recipe_diff import ValueChange


def recipe_of(prompt: str, *, operation: str = "generate", model: str = "gpt-image-2", **values: Any) -> dict[str, Any]:
    """A recipe."""
    return {
        "image_workbench": 1,
        "operation": operation,
        "model": model,
        "values": {"prompt": prompt, **values},
        "inputs": [],
    }


def test_words_and_values_are_marked() -> None:
    """A changed word is removed and added; a value that was not set is shown as its default."""
    found = diff_recipes(
        recipe_of("a red fox in snow", quality="low"), recipe_of("a blue fox in snow", size="1024x1024")
    )
    assert found.segments == (
        DiffSegment("same", "a "),
        DiffSegment("removed", "red "),
        DiffSegment("added", "blue "),
        DiffSegment("same", "fox in snow"),
    )
    assert found.values == (ValueChange("Quality", "low", "auto"), ValueChange("Size", "auto", "1024x1024"))
    assert not found.is_empty


def test_a_comma_is_no_change_of_the_word_before_it() -> None:
    """What is added after a word stands alone as new."""
    assert list(diff_words("a boat in rain", "a boat in rain, oil on canvas.")) == [
        DiffSegment("same", "a boat in rain"),
        DiffSegment("added", ", oil on canvas."),
    ]


def test_the_same_is_the_same() -> None:
    """Blanks alone are no change, nor is the order of the values."""
    first, second = recipe_of("a fox", size="auto", n=2), recipe_of("a  fox", n=2, size="auto")
    assert diff_recipes(first, second).is_empty


def test_model_operation_and_inputs_are_reported() -> None:
    """Other images are shown by name."""
    before = recipe_of("a fox")
    after = recipe_of("a fox", operation="edit", model="dall-e-2")
    after["inputs"] = [{"role": "image", "name": "fox.png", "sha256": "a" * 64}]
    changes = {one.label: (one.before, one.after) for one in diff_recipes(before, after).values}
    assert changes == {
        "Operation": ("generate", "edit"),
        "Model": ("gpt-image-2", "dall-e-2"),
        "Image(s)": (None, "fox.png"),
    }


def test_several_recipes_as_a_table() -> None:
    """Only what is not the same in all of them, with the value of each."""
    recipes = [recipe_of("a", n=2), recipe_of("b", n=2, quality="low"), recipe_of("c", n=2, model="dall-e-3")]
    assert differing_values(recipes) == [
        ("Model", ("gpt-image-2", "gpt-image-2", "dall-e-3")),
        ("Quality", ("auto", "low", "auto")),
    ]


def test_an_input_of_the_same_name_and_another_content() -> None:
    """The change is shown, although the name is the same."""
    one, other = recipe_of("a", operation="edit"), recipe_of("a", operation="edit")
    one["inputs"] = [{"role": "image", "name": "fox.png", "sha256": "a" * 64}]
    other["inputs"] = [{"role": "image", "name": "fox.png", "sha256": "b" * 64}]
    assert differing_values([one, other]) == [("Image(s)", ("fox.png", "fox.png"))]


@given(st.text(max_size=80), st.text(max_size=80))
def test_pieces_make_the_second_text(before: str, after: str) -> None:
    """The segments that are not removed, joined, are the new text."""
    pieces = list(diff_words(before, after))
    assert "".join(segment.text for segment in pieces if segment.kind != "removed") == after


@pytest.mark.parametrize("words", [3001, 20_000])
def test_a_very_long_prompt_is_compared_by_lines(words: int) -> None:
    """It costs no more than a moment, and says where the change is."""
    before = "\n".join(f"word{place}" for place in range(words))
    after = before.replace("word100\n", "other\n")
    kinds = [segment.kind for segment in diff_words(before, after)]
    assert kinds == ["same", "removed", "added", "same"]


def test_several_prompts_keep_the_words_that_not_all_have() -> None:
    """What all share is one sign; prompts of nothing in common are shown whole, but short; equal ones not at all."""

    def shown(*prompts: str) -> list[str]:
        return [" ".join(one.text for one in words) for words in differing_words(prompts)]

    found = shown("a red boat at sea", "a blue boat at sea", "a blue boat at sea, oil painting")
    assert found == ["… red …", "… blue …", "… blue … oil painting"]
    boat, owl = shown("a red boat", "portrait of an owl " * 9)
    assert (boat, owl[:18], owl[-1], len(owl) <= 90) == ("a red boat", "portrait of an owl", "…", True)
    assert shown("a boat", "a boat") == ["", ""]
