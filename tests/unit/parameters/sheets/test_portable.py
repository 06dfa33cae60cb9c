"""A sheet in a recipe: what goes along, and what comes back from a file that nobody can vouch for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.parameters import read_recipe, recipe
from components.parameters.sheets import MAX_VALUES, SheetTemplate, make_plan, sheet_in, with_sheet

TEMPLATE = SheetTemplate(
    "generate",
    "gpt-image-2",
    {"prompt": 'A {animal|"it\'s"} in {style}', "user": "ada@example.com", "size": "1024x1024"},
    {"quality": ("low", "high")},
    rules="quality=high & size=1024x1024",
    lists={"style": ("oil", "ink"), "secret": ("a client's name",)},
    added={"prompt.1": ("fox",)},
)


def portable(template: SheetTemplate = TEMPLATE) -> Any:
    request = make_plan(SheetTemplate("generate", "gpt-image-2", {"prompt": "A fox"})).requests[0]
    return json.loads(json.dumps(with_sheet(recipe(request), template)))


def changed(**values: Any) -> Any:
    found = portable()
    return {**found, "sheet": {**found["sheet"], **values}}


def test_a_sheet_travels_without_names_and_other_lists() -> None:
    """The template is the same but for the user and lists that its prompt does not name; the recipe reads as before."""
    found = portable()
    assert "ada@example.com" not in json.dumps(found)
    assert "client" not in json.dumps(found)
    assert read_recipe(found)[1]["prompt"] == "A fox"
    back = sheet_in(found)
    assert back is not None
    assert (back.varied, back.rules, back.added) == (TEMPLATE.varied, TEMPLATE.rules, TEMPLATE.added)
    assert len(make_plan(back).cells) == len(make_plan(TEMPLATE).cells) == 12


def test_a_long_template_stays_at_home() -> None:
    """The recipe is not lost with it."""
    long = SheetTemplate("generate", "gpt-image-2", {"prompt": "x" * 70_000})
    assert sheet_in(portable(long)) is None
    assert read_recipe(portable(long))[1]["prompt"] == "A fox"


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"image_workbench": 1},
        {"sheet": "x"},
        changed(operation="edit"),
        changed(operation=["generate"]),
        changed(varied={"quality": ["low"] * (MAX_VALUES + 1)}),
        changed(varied={"quality": [{"a": 1}, ["b"]]}),
        changed(lists={"style": ["x"] * (MAX_VALUES + 1)}),
        changed(seed=10**400),
        changed(rules="x" * 70_000),
    ],
)
def test_what_is_no_usable_sheet_is_none(data: Any) -> None:
    """Whatever a file says: no exception, and no sheet."""
    assert sheet_in(data) is None


def test_values_of_other_kinds_are_texts_or_left_out() -> None:
    """Rules that are no text, lists of objects: the form shows them as its own problems."""
    found = sheet_in(changed(rules={"a": 1}, lists={"style": [{"a": 1}]}, varied={"quality": "low", "nope": [1]}))
    assert found is not None
    assert found.varied == {}
    assert make_plan(found).problems
