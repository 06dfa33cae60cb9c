"""The Library page: what was run is found, kept, deleted and taken back, followed and led on from."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from components.library.annotations import add_to_collection, collections, new_collection, tags_of
from components.library.db.schema import runs
from components.library.files.handle import TRASH_DAYS
from components.library.output_texts import store_text
from components.library.team.audit import AuditFilter, audit_page
from components.library.trash import count_trash, move_to_trash
from components.parameters import InputImage, Request, resolve
from components.ui.forms.form_state import FormState
from components.ui.inputs.library_picker import output_as_input
from components.ui.process.workbench import Workbench
from tests.pages.forms.test_generate import texts
from tests.pages.states import input_images_of, state_of
from tests.support.await_run import wait_for_ends
from tests.support.refusals import allow, refuse
from tests.unit.library.file_places import place_of

PAGE = "../../pages/library.py"


def run(workbench: Workbench, prompt: str, *, operation: str = "generate", **more: Any) -> str:
    """Run something on the built-in engine and wait for its end."""
    images: tuple[InputImage, ...] = more.pop("images", ())
    submitted = {name: more.pop(name) for name in ("owner", "parent_output") if name in more}
    values = {"prompt": prompt, "quality": "low", **more}
    request = resolve(operation, "gpt-image-2", values, images=images)
    assert isinstance(request, Request), request
    run_id = workbench.runner.submit(workbench.built_in(), request, **submitted)
    wait_for_ends(workbench.runner, run_id)
    return run_id


def library(app: AppTest, **query: str) -> AppTest:
    """Go to the page, with something in its address."""
    app.run().switch_page(PAGE)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def items(app: AppTest) -> list[dict[str, Any]]:
    """The tiles in the grid, in their order."""
    grids = [json.loads(one.proto.json) for one in app.get("bidi_component") if '"items"' in str(one.proto.json)]
    return grids[0]["items"] if grids else []


def prompts(app: AppTest) -> list[str]:
    """The prompts of the tiles."""
    return [item["prompt"] for item in items(app)]


def relations(app: AppTest) -> list[dict[str, Any]]:
    """The relatives that one output's page shows."""
    found = [json.loads(one.proto.json) for one in app.get("bidi_component") if '"relations"' in str(one.proto.json)]
    return [relation for one in found for relation in one["relations"]]


def values(app: AppTest, key: str) -> Any:
    """What a form holds, by its session key."""
    return app.session_state[key]


def test_an_empty_library_says_what_will_be_here(app: AppTest) -> None:
    """Before anything was run, the page says so."""
    assert "Nothing here yet" in texts(library(app))


def test_deleting_and_undoing(app: AppTest, workbench: Workbench) -> None:
    """What is deleted is in the trash for 30 days, can be taken out, or deleted for good; its cost stays."""
    output = f"{run(workbench, 'a red boat')}-0"
    library(app, output=output)
    app.button(key=f"marks.{output}.trash").click().run()
    assert count_trash(workbench.library) == 1
    assert f"in {TRASH_DAYS} days" in " ".join(one.value for one in app.markdown)
    app.button(key=f"marks.{output}.unbin").click().run()
    assert count_trash(workbench.library) == 0
    move_to_trash(workbench.library, [output])
    del app.query_params["output"]
    app.run()
    assert items(app) == []
    app.segmented_control(key="library.view").set_value("Trash").run()
    assert prompts(app) == ["a red boat"]
    app.button(key="trash.empty.now").click().run()
    assert "The trash is empty" in texts(app)
    assert workbench.library.output(output) is None
    assert workbench.library.run(output.removesuffix("-0")) is not None


def test_one_output_is_titled_noted_tagged_and_collected(app: AppTest, workbench: Workbench) -> None:
    """Every field is kept the moment it is left."""
    output = f"{run(workbench, 'a red boat')}-0"
    library(app, output=output)
    key = f"marks.{output}"
    app.text_input(key=f"{key}.title").set_value("Cover, second try").run()
    app.text_area(key=f"{key}.note").set_value("for the spring catalogue").run()
    app.multiselect(key=f"{key}.tags").set_value(["Hero", "spring"]).run()
    app.multiselect(key=f"{key}.collections").set_value(["Covers"]).run()
    assert not app.exception
    stored = workbench.library.output(output)
    assert stored is not None
    assert (stored.title, stored.note) == ("Cover, second try", "for the spring catalogue")
    assert set(tags_of(workbench.library, [output])[output]) == {"hero", "spring"}
    del app.query_params["output"]
    app.run()
    app.text_input(key="library.words").set_value("catalogue").run()
    assert prompts(app) == ["Cover, second try"]


def test_the_link_of_an_image_is_its_runs(app: AppTest, workbench: Workbench) -> None:
    """Who opens it sees the run read-only; an image in the trash has its own page only."""
    run_id = run(workbench, "a red boat at sea")
    library(app, output=f"{run_id}-0")
    (shown,) = [json.loads(one.proto.json) for one in app.get("bidi_component") if '"address"' in str(one.proto.json)]
    assert shown["address"] == f"/?run={run_id}&output={run_id}-0"
    move_to_trash(workbench.library, [f"{run_id}-0"])
    app.run()
    (shown,) = [json.loads(one.proto.json) for one in app.get("bidi_component") if '"address"' in str(one.proto.json)]
    assert shown["address"] == f"/library?output={run_id}-0"


def test_an_output_that_is_not_there(app: AppTest) -> None:
    """A cut-off link is reported, not an error."""
    assert "not in the library" in texts(library(app, output="nothing-0"))


def test_a_family_shows_both_directions(app: AppTest, workbench: Workbench) -> None:
    """Parent and child know each other, with the changed word and value marked from before to after."""
    first = run(workbench, "a red boat at sea")
    second = run(workbench, "a blue boat at sea", parent_output=f"{first}-0", size="1536x1024")
    library(app, output=f"{second}-0")
    (parent,) = relations(app)
    assert parent["id"] == f"{first}-0"
    assert [piece["text"] for piece in parent["words"] if piece["kind"] != "same"] == ["red ", "blue "]
    assert parent["values"] == [{"label": "Size", "before": "auto", "after": "1536x1024"}]
    app.query_params["output"] = f"{first}-0"
    app.run()
    (child,) = relations(app)
    assert child["id"] == f"{second}-0"
    assert child["words"] == parent["words"]


@pytest.mark.parametrize(("lead", "page"), [("Edit this", "edit"), ("Analyze this", "analyze")])
def test_leads_fill_the_page_in(app: AppTest, workbench: Workbench, lead: str, page: str) -> None:
    """The image is among the input images of the page that it leads to."""
    output = f"{run(workbench, 'a red boat')}-0"
    library(app, output=output)
    app.button(key=f"output.step.{lead}").click().run()
    assert not app.exception
    (image,) = input_images_of(app, page)
    stored = workbench.library.output(output)
    assert stored is not None
    assert image.sha256 == stored.sha256


def test_change_and_run_brings_values_and_images(app: AppTest, workbench: Workbench) -> None:
    """An edit's page is filled in with its prompt, its values and what went in; the next run is its child."""
    made = workbench.library.output(f"{run(workbench, 'a red boat')}-0")
    assert made is not None
    image = output_as_input(made)
    assert image is not None
    edited = run(workbench, "make it blue", operation="edit", images=(image,), n=2)
    library(app, output=f"{edited}-1")
    app.button(key="output.change").click().run()
    assert not app.exception
    assert state_of(app, FormState, "edit").values["prompt"] == "make it blue"
    assert state_of(app, FormState, "edit").values["n"] == 2
    assert [one.sha256 for one in input_images_of(app, "edit")] == [image.sha256]


def test_spending_of_the_built_in_engine_is_nothing(app: AppTest, workbench: Workbench) -> None:
    """Runs are counted, and it is said that they cost nothing."""
    run(workbench, "a red boat", owner="Anna")
    library(app).segmented_control(key="library.view").set_value("Spending").run()
    assert not app.exception
    figures = {one.label: one.value for one in app.metric}
    assert figures["Spent"] == "$0.00"
    assert figures["Runs"] == "1"
    assert figures["Cost unknown"] == "0"


def test_spending_by_person_and_time(app: AppTest, workbench: Workbench) -> None:
    """What was paid is reported in all and by person; a click shows another period."""
    for name, cost in (("Anna", "1234.5"), ("Bo", "0.04")):
        workbench.library.update_run(run(workbench, "a red boat", owner=name), cost=Decimal(cost))
    workbench.library.update_run(old := run(workbench, "a boat", owner="Bo"), cost=Decimal(3))
    with workbench.library.engine.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == old).values(created=86_400.0 * 365))
    page = library(app).segmented_control(key="library.view").set_value("Spending").run()
    figures = {one.label: one.value for one in page.metric}
    assert (figures["Spent"], figures["Runs"]) == ("$1,234.54", "2")
    assert (figures["Spent today"], figures["Spent this month"]) == ("$1,234.54", "$1,234.54")
    people = page.dataframe[0].value
    assert list(people["Person"]) == ["Anna", "Bo"]
    assert list(people["Dollars"]) == [1234.5, 0.04]
    page.segmented_control(key="spending.time").set_value("All").run()
    assert not page.exception
    figures = {one.label: one.value for one in page.metric}
    assert (figures["Spent"], figures["Runs"]) == ("$1,237.54", "3")
    assert figures["Spent this month"] == "$1,234.54"
    page.segmented_control(key="spending.split").set_value("owner").run()
    assert not page.exception


def test_checking_the_library_tells_what_it_found(app: AppTest, workbench: Workbench) -> None:
    """A stray file is set aside and told of; after that all is as it should be."""
    run(workbench, "a red boat")
    place, stray = place_of(workbench.full_library), "ab" * 32
    place.harm("original", stray, b"nothing")
    library(app)
    app.button(key="library.check").click().run()
    assert "1 problem found" in app.warning[0].value
    assert stray not in place.names("original")
    app.button(key="library.check").click().run()
    assert "no problems found" in app.success[0].value


def test_collections_are_opened_renamed_and_dissolved(app: AppTest, workbench: Workbench) -> None:
    """A collection shows what is in it, opens as a filter, takes another name, and goes without its images."""
    boat, tree = (run(workbench, prompt) for prompt in ("a red boat", "a tree"))
    shelf = new_collection(workbench.library, "Best", "Anna")
    add_to_collection(workbench.library, shelf.id, [f"{boat}-0"])
    page = library(app)
    assert len(items(page)) == 2
    page.segmented_control(key="library.view").set_value("Collections").run()
    assert any("**Best**" in one.value and "1 result" in one.value for one in page.markdown)
    page.text_input(key=f"name.{shelf.id}").set_value("  ").run()
    assert any("needs a name" in one.value for one in page.markdown)
    page.text_input(key=f"name.{shelf.id}").set_value("Very best").run()
    assert [one.name for one in collections(workbench.library)] == ["Very best"]
    page.button(key=f"open.{shelf.id}").click().run()
    assert not page.exception
    assert [one["id"] for one in items(page)] == [f"{boat}-0"]
    page.segmented_control(key="library.view").set_value("Collections").run()
    page.button(key=f"dissolve.{shelf.id}").click().run()
    assert collections(workbench.library) == []
    noted = [(one.action, one.target, dict(one.detail)) for one in audit_page(workbench.library, AuditFilter()).entries]
    assert noted[:2] == [
        ("collection.deleted", shelf.id, {"name": "Very best"}),
        ("collection.renamed", shelf.id, {}),
    ]
    page.segmented_control(key="library.view").set_value("Everything").run()
    assert not page.exception
    assert {one["id"] for one in items(page)} == {f"{boat}-0", f"{tree}-0"}


def test_an_output_shows_its_inputs_and_its_cost(app: AppTest, workbench: Workbench) -> None:
    """The images of an edit are links to their files; nothing is said of money where it costs none."""
    made = workbench.library.output(f"{run(workbench, 'a red boat')}-0")
    assert made is not None
    image = output_as_input(made)
    assert image is not None
    edited = run(workbench, "make it blue", operation="edit", images=(image,))
    page = library(app, output=f"{edited}-0")
    said = "\n".join(one.value for one in (*page.markdown, *page.caption))
    assert f"/previews/{image.sha256}" in said
    assert f"/files/inputs/{image.sha256}.png" in said
    assert "Estimated" not in said
    workbench.library.update_run(edited, cost=None, connection_id="c1")
    page.run()
    assert "Estimated for the run" in "\n".join(one.value for one in page.caption)


def test_an_empty_library_offers_nothing_to_do(app: AppTest, workbench: Workbench) -> None:
    """Without an image there is nothing to select or download, but a sentence."""
    page = library(app)
    assert "act.all" not in {one.key for one in page.button}
    assert "Nothing here yet" in texts(page)
    run(workbench, "a red boat")
    page.run()
    assert "act.all" in {one.key for one in page.button}


def test_what_the_library_refuses_to_keep_is_reported(app: AppTest, workbench: Workbench) -> None:
    """While the database takes nothing, what is done with an image is reported not to be kept; the page stays."""
    output = f"{run(workbench, 'a red boat')}-0"
    library(app, output=output)
    refuse(workbench.library, "UPDATE", "outputs", "database or disk is full")
    for act in (
        lambda: app.text_area(key=f"marks.{output}.note").set_value("for the spring catalogue"),
        lambda: app.button(key=f"marks.{output}.trash").click(),
    ):
        act().run()
        assert not app.exception
        (toast,) = app.toast
        assert "The disk of the library is full" in toast.value.replace("\\", "")
        assert "not kept" in toast.value
    allow(workbench.library, "outputs")
    app.button(key=f"marks.{output}.trash").click().run()
    assert not app.toast
    assert count_trash(workbench.library) == 1


def test_a_library_that_cannot_be_read_is_reported(app: AppTest, workbench: Workbench) -> None:
    """While the database cannot be read a page says so in its place; as soon as it can be, it is there again."""
    run(workbench, "a red boat")
    library(app)
    with workbench.library.engine.begin() as connection:
        connection.execute(sql("ALTER TABLE runs RENAME TO gone"))
    app.run()
    assert not app.exception
    assert "The library cannot be used now" in " ".join(one.value for one in app.markdown)
    with workbench.library.engine.begin() as connection:
        connection.execute(sql("ALTER TABLE gone RENAME TO runs"))
    app.button(key="unavailable.again").click().run()
    assert prompts(app) == ["a red boat"]


def test_an_image_is_found_by_its_text_and_shows_it(app: AppTest, workbench: Workbench) -> None:
    """The text that OCR stored is on the image's page as plain text, and the search finds the image by it."""
    output = f"{run(workbench, 'a shop')}-0"
    stored = workbench.library.output(output)
    assert stored is not None
    library(app, output=output)
    assert "Text in the image" not in texts(app)
    store_text(workbench.library, stored.sha256, "Fresh **bread**")
    app.run()
    assert "Text in the image" in texts(app)
    assert "Fresh **bread**" in [one.value for one in app.code]
    run(workbench, "a boat")
    del app.query_params["output"]
    app.run()
    assert prompts(app) == ["a boat", "a shop"]
    app.text_input(key="library.words").set_value("bread").run()
    assert prompts(app) == ["a shop"]
