"""The gallery: images, and runs without one, are found by every filter, deleted and taken back."""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from components.library.annotations import add_tags, delete_collection, new_collection, rate, reject, star
from components.library.db.schema import runs
from components.library.trash import move_to_trash
from components.ui.library.page_state import GridState
from components.ui.process.workbench import Workbench
from tests.pages.forms.test_generate import texts
from tests.pages.library.test_library import items, library, prompts, run
from tests.pages.states import state_of
from tests.unit.runs.fake_client import ask


def test_images_are_found_by_words_and_by_every_filter(app: AppTest, workbench: Workbench) -> None:
    """The newest stands first; a word, or a filter, leaves only those that fit; all filters go at once."""
    boat = run(workbench, "a red boat", owner="Anna")
    run(workbench, "a blue boat", owner="Ben", size="1536x1024", n=2)
    run(workbench, "[moderation] a house")
    add_tags(workbench.library, [f"{boat}-0"], ["hero"])
    star(workbench.library, [f"{boat}-0"])
    rate(workbench.library, [f"{boat}-0"], 4)
    reject(workbench.library, [f"{boat}-0"])
    library(app)
    app.session_state["library.panel"] = True
    app.run()
    assert prompts(app) == ["[moderation] a house", "a blue boat", "a blue boat", "a red boat"]
    app.text_input(key="library.words").set_value("boat").run()
    assert prompts(app) == ["a blue boat", "a blue boat", "a red boat"]
    app.text_input(key="library.words").set_value("").run()
    for name, option, expected in (
        ("state", "failed", ["[moderation] a house"]),
        ("owner", "Anna", ["a red boat"]),
        ("size", "1536x1024", ["a blue boat", "a blue boat"]),
        ("tag", "hero", ["a red boat"]),
        ("mask", "with a mask", []),
        ("rating", "3 or more", ["a red boat"]),
        ("rating", "5", []),
        ("rejected", "only rejected", ["a red boat"]),
        ("rejected", "not rejected", ["a blue boat", "a blue boat"]),
    ):
        app.selectbox(key=f"library.{name}").set_value(option).run()
        assert prompts(app) == expected, name
        app.button(key="library.clear").click().run()
        assert len(items(app)) == 4, name
    app.selectbox(key="library.sort").set_value("Stars first").run()
    assert prompts(app)[0] == "a red boat"
    app.toggle[0].set_value(True).run()
    assert prompts(app) == ["a red boat"]
    app.text_input(key="library.words").set_value("nowhere").run()
    assert "No matches" in texts(app)


def test_filters_stay_when_their_panel_is_closed_and_go_by_a_click(app: AppTest, workbench: Workbench) -> None:
    """Days and owner narrow with the panel closed, on another page and back, until one is clicked away."""
    old = run(workbench, "a red boat", owner="Anna")
    for owner in ("Anna", "Ben"):
        run(workbench, f"a boat of {owner}", owner=owner)
    ago = datetime.now() - timedelta(days=21)
    with workbench.library.engine.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == old).values(created=ago.timestamp()))
    library(app)
    app.session_state["library.panel"] = True
    app.run()
    app.selectbox(key="library.owner").set_value("Anna").run()
    app.selectbox(key="library.days").set_value("between two days").run()
    app.date_input(key="library.between").set_value([ago.date() - timedelta(days=2), ago.date()]).run()
    assert prompts(app) == ["a red boat"]
    app.session_state["library.panel"] = False
    app.run()
    assert prompts(app) == ["a red boat"]
    app.switch_page("../../pages/compare.py").run()
    library(app)
    assert prompts(app) == ["a red boat"]
    assert app.button(key="library.without.owner").label == "Owner: Anna".replace(":", "\\:")
    app.button(key="library.without.days").click().run()
    assert prompts(app) == ["a boat of Anna", "a red boat"]
    app.button(key="library.clear").click().run()
    assert len(items(app)) == 3


def test_a_filter_for_what_is_gone_is_taken_away(app: AppTest, workbench: Workbench) -> None:
    """A collection that somebody deleted while it was chosen does not break the page."""
    run(workbench, "a red boat")
    shelf = new_collection(workbench.library, "Covers").id
    library(app)
    app.session_state["library.panel"] = True
    app.run().selectbox(key="library.collection").set_value(shelf).run()
    assert items(app) == []
    delete_collection(workbench.library, shelf)
    app.run()
    assert not app.exception
    assert prompts(app) == ["a red boat"]


def test_runs_without_an_image_are_deleted_and_taken_back(app: AppTest, workbench: Workbench) -> None:
    """A run that failed is selected and deleted as an image is; Undo, or the trash, brings it back."""
    failed = run(workbench, "[moderation] a house")
    boat = run(workbench, "a red boat")
    library(app)
    state_of(app, GridState, "library").selected = [f"run:{failed}", f"{boat}-0"]
    app.run()
    app.button(key="act.trash").click().run()
    assert items(app) == []
    assert "1 image and 1 run without a result are in the trash" in " ".join(one.value for one in app.caption)
    app.button(key="act.undo").click().run()
    assert prompts(app) == ["a red boat", "[moderation] a house"]
    move_to_trash(workbench.library, [], run_ids=[failed])
    app.segmented_control(key="library.view").set_value("Trash").run()
    assert prompts(app) == ["[moderation] a house"]
    state_of(app, GridState, "trash").selected = [f"run:{failed}"]
    app.run()
    app.button(key="trash.out").click().run()
    assert "The trash is empty" in texts(app)


def test_what_was_done_in_the_grid_is_heard_once(
    app: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stars and a selection are taken in whether a callback told of them or not; what a new session did not see is not
    done again, and a selection from before another one does not come back."""
    app.run()  # components can be registered only where the app runs
    grid = importlib.import_module("components.ui.library.gallery").LIBRARY
    boat = f"{run(workbench, 'a red boat')}-0"
    library(app)

    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    handled = grid.state.handled
    old, new = ({"sequence": handled + by, "name": "star", "output": boat, "value": True} for by in (-5, 1))
    state["library.grid.view"] = {"acts": [old], "selected": {"selections": 0, "ids": [boat]}}
    grid.handle_events()
    assert not starred(workbench, boat)
    assert grid.selected() == [boat]
    state["library.grid.view"]["acts"] = [new]
    grid.handle_events()
    assert starred(workbench, boat)
    grid.select(())
    star(workbench.library, [boat], False)
    grid.handle_events()
    assert not starred(workbench, boat)
    assert grid.selected() == []


def starred(workbench: Workbench, output_id: str) -> bool:
    """Whether an output has a star."""
    output = workbench.library.output(output_id)
    assert output is not None
    return output.starred


def test_what_is_under_way_stays_and_it_is_said(app: AppTest, workbench: Workbench) -> None:
    """A run that has not ended is not deleted with what has, and the page does not claim that it is in the trash."""
    boat = run(workbench, "a red boat")
    workbench.library.begin_run("r1", ask(), connection_id="c1", connection_name="Test")
    library(app)
    state_of(app, GridState, "library").selected = ["run:r1", f"{boat}-0"]
    app.run()
    app.button(key="act.trash").click().run()
    assert prompts(app) == ["a fox"]
    assert "1 image is in the trash" in " ".join(one.value for one in app.caption)
    assert "under way" in app.toast[0].value
    workbench.library.update_run("r1", state="failed")
