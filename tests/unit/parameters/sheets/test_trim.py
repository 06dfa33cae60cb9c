"""Cells that are left out by hand stay left out while the prompt and the values around them change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.parameters.sheets import (
    ConnectionValue,
    Plan,
    SheetTemplate,
    carried,
    make_plan,
    read_template,
    trim_of,
    written_out,
)


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


def test_places_that_a_plan_does_not_have_are_dropped() -> None:
    """Those of a recipe are anybody's; those of an older draft are not checked yet."""
    one = plan("A {red|blue} fox", quality=("low", "high"))
    found = trim_of(one, [(), (0,), (0, 0, 0), (0, 7), (1, 1)])
    assert found.places == {(1, 1)}
    assert carried(replace(found, places=frozenset({(), (0,), (1, 1)})), one) == {(1, 1)}


def test_connections_that_a_recipe_does_not_keep_take_their_places_along() -> None:
    """A cell stays left out where it was for every connection."""
    template = SheetTemplate(
        "generate",
        "gpt-image-2",
        {"prompt": "A {red|blue} fox"},
        {"connection": ("x", "y"), "quality": ("low", "high")},
        connections={"x": ConnectionValue("X"), "y": ConnectionValue("Y")},
        left_out=((0, 0, 1), (0, 1, 1), (1, 0, 0)),
    )
    assert read_template(template.as_json(), is_ours=True).left_out == template.left_out
    found = read_template(json.loads(json.dumps(template.as_json())))
    assert found.left_out == ((0, 1),)
    assert named(make_plan(found), trim_of(make_plan(found), found.left_out).places) == {"red high"}


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
