"""Variables of a prompt, beside the single braces of sheets."""

from __future__ import annotations

from components.parameters.prompts.prompt_variables import fill_variables, is_made_from, variables_of
from components.parameters.sheets.prompt_syntax import PromptTemplate, read_prompt
from tests.support.work import within_lines


def test_variables_are_named_once_and_filled_everywhere() -> None:
    """A variable without a value stays, and braces that are none are left alone."""
    text = 'A {{ subject }} and {{subject}} in {{art style}}; {lens}, {{}}, {"a": {"b": 1}}, {{{x}}}'
    assert variables_of(text) == ("subject", "art style", "x")
    filled = fill_variables(text, {"subject": r"fox \1", "art style": " "})
    assert filled == r'A fox \1 and fox \1 in {{art style}}; {lens}, {{}}, {"a": {"b": 1}}, {{{x}}}'


def test_a_variable_is_no_saved_list() -> None:
    """`{name}` is a saved list, `{{name}}` is not: a sheet leaves it, and reads the braces beside it."""
    read = read_prompt("A {{lens}} of {lens} in {red|blue}", {"lens": ("35 mm", "85 mm")})
    assert isinstance(read, PromptTemplate)
    assert read.pieces == ("A {{lens}} of ", " in ", "")
    assert [len(axis.values) for axis in read.axes] == [2, 2]
    alone = read_prompt("A {{not a list}}", {})
    assert isinstance(alone, PromptTemplate)
    assert (alone.pieces, alone.axes) == (("A {{not a list}}",), ())


def test_what_counts_as_made_from_a_prompt() -> None:
    """The fixed words in their order, whatever the variables became and a style added."""
    template = "Photo of {{subject}} on {{color}} paper."
    assert is_made_from("Photo of a fox on red paper. Watercolor.", template)
    assert not is_made_from("Photo of a fox on red cloth.", template)
    assert not is_made_from("anything", "{{prompt}}"), "without words of its own nothing can be said"
    assert not within_lines(100_000, lambda: is_made_from("a " * 16_000, "a {{x}}" * 2_000 + "b"))
