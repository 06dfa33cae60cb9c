"""Cells that are left out by hand stay left out while the prompt and the values around them change."""

from __future__ import annotations

from typing import Any

import pytest

from components.parameters.sheets import Plan, SheetTemplate, carried, make_plan, read_template, trim_of, written_out


def plan(prompt: str, *, by_line: bool = False, **varied: Any) -> Plan:
    return make_plan(SheetTemplate("generate", "gpt-image-2", {"prompt": prompt}, varied, by_line=by_line))


def named(plan: Plan, places: frozenset[tuple[int, ...]]) -> set[str]:
    """Cells by their values."""
    return {
        " ".join(str(axis.values[place].value) for axis, place in zip(plan.axes, one, strict=True)) for one in places
    }


@pytest.mark.parametrize(
    ("prompt", "varied", "left_out"),
    [
        ("A {red|blue} fox at sea", {"quality": ("low", "high")}, {"red low", "blue high"}),  # words alone
        ("A {blue|green|red} fox", {"quality": ("low", "high")}, {"red low", "blue high"}),  # order and one more value
        ("A {red|green} fox", {"quality": ("low", "high")}, {"red low"}),
        ("A {big|small} {red|blue} fox", {"quality": ("high",)}, {"big blue high", "small blue high"}),  # braces before
        ("A {red|blue} fox", {}, set()),  # not all of red was left out
        ("A {cat|dog}", {"quality": ("low", "high")}, set()),
        ("A {red|blue fox", {"quality": ("low", "high")}, set()),  # no cells while it is being typed
    ],
)
def test_a_cell_that_means_the_same_stays_left_out(
    prompt: str, varied: dict[str, tuple[str, ...]], left_out: set[str]
) -> None:
    before = plan("A {red|blue} fox", quality=("low", "high"))
    trim = trim_of(before, {(0, 0), (1, 1)})
    assert carried(trim, before) == trim.places
    after = plan(prompt, **varied)
    assert named(after, carried(trim, after)) == left_out


def test_a_value_that_was_left_out_everywhere_stays_out_without_the_other_axis() -> None:
    trim = trim_of(plan("A {red|blue} fox", quality=("low", "high")), {(0, 0), (0, 1), (1, 0)})
    after = plan("A {red|blue} fox")
    assert named(after, carried(trim, after)) == {"red"}
    again = plan("A {red|blue} fox", quality=("low", "high"))
    assert carried(trim, again) == trim.places  # nothing is lost on the way there and back


def test_a_line_in_other_words_is_the_same_line() -> None:
    trim = trim_of(plan("A fox\nAn owl", by_line=True), {(1,)})
    after = plan("A fox\nAn owl at night", by_line=True)
    assert carried(trim, after) == {(1,)}
    more = plan("An elk\nA fox\nAn owl", by_line=True)
    assert carried(trim, more) == {(2,)}


def test_a_template_keeps_what_is_left_out_and_an_old_one_reads() -> None:
    template = SheetTemplate("generate", "gpt-image-2", {"prompt": "A {red|blue} fox"}, left_out=((1,),))
    assert read_template(template.as_json()).left_out == ((1,),)
    assert read_template({"operation": "generate"}).left_out == ()


@pytest.mark.parametrize("data", [7, "x", {}, [7, "x"], [[-1], [True], ["a"], [1e9]], [[1]] * 100_000])
def test_hostile_places_cost_little(data: Any) -> None:
    found = read_template({"operation": "generate", "left_out": data}).left_out
    assert len(found) <= 1000
    assert set(found) <= {(1,)}


@pytest.mark.parametrize(
    ("prompt", "added", "written"),
    [
        ("A {ink|oil} fox", {"prompt.1": ("clay",)}, "A {ink|oil|clay} fox"),
        ("A {ink|oil} {1..2} fox", {"prompt.2": ("7",)}, "A {ink|oil} {1|2|7} fox"),
        ("A {style} fox", {"prompt.1": ("wax", "a | b")}, "A {oil|ink|wax|a \\| b} fox"),
        ("A fox {fox=>owl}", {"prompt.1": ("elk",)}, "A fox {fox=>owl|elk}"),
        ("A {ink|oil} fox", {"prompt.1": ("oil", " ")}, "A {ink|oil} fox"),  # they add nothing
    ],
)
def test_added_values_are_written_into_the_prompt(prompt: str, added: dict[str, Any], written: str) -> None:
    template = SheetTemplate(
        "generate", "gpt-image-2", {"prompt": prompt}, lists={"style": ("oil", "ink")}, added=added
    )
    found = written_out(template)
    assert (found.values["prompt"], found.added) == (written, {})
    assert [cell.request for cell in make_plan(found).cells] == [cell.request for cell in make_plan(template).cells]


def test_added_lines_are_written_too_and_what_no_prompt_says_stays_as_it_is() -> None:
    lines = SheetTemplate(
        "generate", "m", {"prompt": "A fox\nAn owl"}, by_line=True, added={"prompt.lines": ("An elk",)}
    )
    assert written_out(lines).values["prompt"] == "A fox\nAn owl\nAn elk"
    odd = SheetTemplate("generate", "m", {"prompt": "A {fox|owl}"}, added={"prompt.1": ("a=>b",)})
    assert len(make_plan(written_out(odd)).axes[0].values) == 3
