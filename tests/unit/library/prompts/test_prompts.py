"""Saved prompts: versions stay distinct whoever saves at once, labels move, results follow their version."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from components.library import Library, check_library, open_library
from components.library.prompts.prompt_checks import begin_with_checks, keep_checks, prompt_checks_of
from components.library.prompts.prompt_store import (
    add_prompt,
    add_version,
    delete_prompt,
    note_prompt_run,
    note_prompt_sheet,
    rename_prompt,
    same_version,
    set_label,
    tag_prompt,
)
from components.library.queries.prompts import (
    find_prompt,
    find_prompts,
    outputs_of_version,
    prompt_of_sheet,
    prompt_tag_counts,
    version_of_run,
    versions_of,
)
from components.library.sheets.checks import checks_of
from components.library.trash import empty_trash, move_to_trash
from components.parameters import Request, resolve
from tests.unit.library.library_fixtures import add, begin
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.unit.runs.fake_client import png


def asked(prompt: str, operation: str = "generate", **values: Any) -> dict[str, Any]:
    """Return what a form hands over to be saved."""
    return {"operation": operation, "model": "gpt-image-2", "values": {"prompt": prompt, **values}}


def test_the_start_set_is_there_once_and_does_not_come_back(data_folder: Path) -> None:
    """Twelve prompts, each of them one that its form takes; a deleted one stays deleted after the next start."""
    library = open_library(data_folder)
    start = find_prompts(library)
    assert len(start) == 12
    for one in start:
        recipe = one.newest.recipe
        outcome = resolve(one.newest.operation, recipe["model"], recipe["values"])
        only_images = isinstance(outcome, Request) or {problem.parameter for problem in outcome} == {"image"}
        assert only_images, (one.name, outcome)
    delete_prompt(library, start[0].id)
    library.close()
    again = open_library(data_folder)
    assert {one.id for one in find_prompts(again)} == {one.id for one in start[1:]}
    again.close()


def test_twenty_people_at_once_make_twenty_versions(library: Library) -> None:
    """Each version has a number of its own and the text of whoever saved it."""
    prompt_id = add_prompt(library, asked("A fox"), owner="anna")

    def save(person: int) -> tuple[int | None, str]:
        text = f"A fox, as {person} sees it"
        return add_version(library, prompt_id, asked(text), owner=f"p{person}", note="mine"), text

    with ThreadPoolExecutor(20) as pool:
        saved = dict(pool.map(save, range(20)))
    assert sorted(saved) == list(range(2, 22))
    stored = {one.number: one.text for one in versions_of(library, prompt_id)}
    assert stored == {1: "A fox", **saved}


def test_a_version_holds_its_values_and_nobody_elses_things(library: Library) -> None:
    """Unknown parameters, names of people and input images stay out; a bad or long prompt is refused in a sentence."""
    recipe = asked("A fox", size="1024x1024", user="anna@example.com", evil="x") | {"inputs": [{"role": "image"}]}
    prompt_id = add_prompt(library, recipe, owner="anna")
    (version,) = versions_of(library, prompt_id)
    assert version.recipe["values"] == {"prompt": "A fox", "size": "1024x1024"}
    assert version.recipe["inputs"] == []
    assert same_version(library, recipe) == (prompt_id, 1)
    assert same_version(library, asked("A fox", size="1536x1024")) is None
    for bad, words in (
        (asked("  "), "Write a prompt first"),
        (asked("x" * 32_001), "32,001"),
        ({"operation": "x"}, "operation"),
    ):
        with pytest.raises(ValueError, match=words):
            add_prompt(library, bad)
    assert add_version(library, "gone", asked("A fox")) is None


def test_a_label_stands_on_one_version(library: Library) -> None:
    """It moves, is taken away, and does not go to a version that is not there."""
    prompt_id = add_prompt(library, asked("A fox"))
    add_version(library, prompt_id, asked("A red fox"))
    set_label(library, prompt_id, "Production", 1, owner="anna")
    set_label(library, prompt_id, "draft", 2, owner="ben")
    set_label(library, prompt_id, "production", 2, owner="ben")

    def labels() -> list[tuple[str, int, str]]:
        prompt = find_prompt(library, prompt_id)
        assert prompt is not None
        return [(one.label, one.number, one.owner) for one in prompt.labels]

    assert labels() == [("draft", 2, "ben"), ("production", 2, "ben")]
    set_label(library, prompt_id, "draft", None)
    set_label(library, prompt_id, "best", 99)
    assert labels() == [("production", 2, "ben")]
    with pytest.raises(ValueError, match="40 characters"):
        set_label(library, prompt_id, "x" * 41, 1)


def test_search_by_words_and_tags(library: Library) -> None:
    """All words must be there, in name, newest text or tags; a percent sign is a letter."""
    prompt_id = add_prompt(library, asked("A zebra at 50% contrast"), name="Stripes", tags=["Animals"])
    assert [one.id for one in find_prompts(library, "zebra STRIPES animal")] == [prompt_id]
    assert [one.id for one in find_prompts(library, "50%")] == [prompt_id]
    assert find_prompts(library, "zebra lion") == []
    assert [one.id for one in find_prompts(library, tag="animals")] == [prompt_id]
    assert prompt_tag_counts(library)["animals"] == 1
    tag_prompt(library, prompt_id, ["black and white"])
    rename_prompt(library, prompt_id, " Zebra\n<b> ")
    (found,) = find_prompts(library, "black")
    assert (found.name, found.tags) == ("Zebra <b>", ("black and white",))


def test_results_belong_to_the_version_and_leave_nothing_behind(library: Library) -> None:
    """Images of runs and of sheets; in the trash they are not shown, and the check finds nothing to complain about."""
    prompt_id = add_prompt(library, asked("A fox"))
    add_version(library, prompt_id, asked("A red fox"))
    begin(library, "r1")
    image = add(library, "r1", 0, png(1))
    library.update_run("r1", state="done")
    note_prompt_run(library, "r1", prompt_id, 2)
    note_prompt_run(library, "r1", prompt_id, 1)  # a run has one version
    sheet_id, images = filled_sheet(library, first_seed=10)
    note_prompt_sheet(library, sheet_id, prompt_id, 2)
    note_prompt_run(library, "r1", prompt_id, 77)
    assert outputs_of_version(library, prompt_id, 1) == []
    assert {one.id for one in outputs_of_version(library, prompt_id, 2)} == {image.id, *images}
    found = version_of_run(library, "r1")
    assert found is not None
    assert (found[0].id, found[1].number) == (prompt_id, 2)
    move_to_trash(library, [image.id])
    assert {one.id for one in outputs_of_version(library, prompt_id, 2)} == set(images)
    empty_trash(library)
    assert check_library(library).is_clean
    delete_prompt(library, prompt_id)
    assert version_of_run(library, "r1") is None
    assert find_prompt(library, prompt_id) is None
    assert check_library(library).is_clean


def test_new_sheets_begin_with_the_checks_of_their_prompt(library: Library) -> None:
    """Keeping replaces what was kept; a deleted prompt keeps nothing; the sheet's own checks are its own."""
    prompt_id = add_prompt(library, asked("A {red|blue} fox"), name="Foxes")
    sheet_id, _ = filled_sheet(library)
    note_prompt_sheet(library, sheet_id, prompt_id, 1)
    found = prompt_of_sheet(library, sheet_id)
    assert found is not None
    assert found.id == prompt_id
    keep_checks(library, prompt_id, [("format", {})])
    kept = [("size", {}), ("text", {"text": "SALE"})]
    keep_checks(library, prompt_id, kept)
    assert prompt_checks_of(library, prompt_id) == kept
    begin_with_checks(library, sheet_id, prompt_id)
    assert [(one.kind, one.settings) for one in checks_of(library, sheet_id)] == kept
    delete_prompt(library, prompt_id)
    keep_checks(library, prompt_id, kept)
    assert prompt_checks_of(library, prompt_id) == []
    assert len(checks_of(library, sheet_id)) == 2
    assert prompt_of_sheet(library, sheet_id) is None
