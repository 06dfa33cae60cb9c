"""The stage of the Generate page: what the browser is reported marks, of the pinned image and of the former one."""

from __future__ import annotations

import importlib
import json
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.library import NotAllowed
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import Workbench
from components.ui.results.stage.state import StageState
from tests.pages.library.test_library import run
from tests.pages.results.test_follow_ups import generate, stored
from tests.pages.states import state_of


def stage(app: AppTest, run_id: str) -> dict[str, Any]:
    """Open a run; return what its viewer is reported."""
    app.query_params["run"] = run_id
    app.run()
    assert not app.exception
    found = [json.loads(one.proto.json) for one in app.get("bidi_component") if '"former"' in str(one.proto.json)]
    return dict(found[0])


def test_the_pinned_image_comes_with_the_words_that_differ(app: AppTest, workbench: Workbench) -> None:
    """The pin outlives another run; each has what only it has; the image before a run is offered."""
    red, blue = (run(workbench, f"a {color} boat at sea") for color in ("red", "blue"))
    shown = stage(app, blue)
    assert shown["champion"] is None
    assert shown["former"]["id"] == f"{red}-0"
    state_of(app, StageState).pin(f"{red}-0", True)
    shown = stage(app, blue)
    assert shown["champion"]["id"] == f"{red}-0"
    assert [[one["text"] for one in label["words"]] for label in shown["labels"]] == [
        ["…", "red", "…"],
        ["…", "blue", "…"],
    ]
    assert state_of(app, StageState).seen == [blue]


def test_marks_are_stored_once_and_in_their_bounds(app: AppTest, workbench: Workbench) -> None:
    """A rating, a rejection and a place in the comparison are kept; nonsense changes nothing."""
    boat = run(workbench, "a red boat")
    shown = stage(app, boat)
    assert shown["marks"] == {f"{boat}-0": {"star": False, "rate": 0, "reject": False}}
    marks = importlib.import_module("components.ui.results.stage.marks")
    for name, value in (("rate", 4), ("reject", True), ("rate", 99), ("boss", 1)):
        marks.apply_mark({"sequence": 1, "name": name, "output": f"{boat}-0", "value": value})
    with pytest.raises(NotAllowed, match="by a link"):
        marks.apply_mark({"sequence": 1, "name": "rate", "output": f"{boat}-0", "value": 1}, {boat})
    shown = stage(app, boat)
    assert shown["marks"] == {f"{boat}-0": {"star": False, "rate": 5, "reject": True}}


def test_branch_fills_the_form_and_records_the_parent(app: AppTest, workbench: Workbench) -> None:
    """What is run after "Branch" is a child of exactly that image, though its prompt is another one."""
    boats = run(workbench, "two red boats", n=2)
    stage(app, boats)
    actions = importlib.import_module("components.ui.results.stage.image_actions")
    app.session_state["deferred.actions"] = [partial(actions.on_image_action, "branch", f"{boats}-1")]
    app.run()
    assert state_of(app, FormState, "generate").values["prompt"] == "two red boats"
    child = generate(app, workbench, "nine dragons")
    assert stored(workbench, child).parent_output == f"{boats}-1"


def trees(app: AppTest, shown: str) -> list[dict[str, Any]]:
    """What the trees beside the strip are drawn from."""
    drawn = [json.loads(one.proto.json) for one in app.get("bidi_component") if '"pages"' in str(one.proto.json)]
    return [one for one in drawn if one.get("current") == shown]


def test_branches_show_what_changed_and_lead_on(app: AppTest, workbench: Workbench) -> None:
    """The tree comes with the first child; each edge has its words and values; a lone run shows none."""
    red = run(workbench, "a red boat at sea")
    stage(app, red)
    assert trees(app, red) == []
    run(workbench, "a blue boat at sea", parent_output=f"{red}-0", quality="high")
    stage(app, red)
    (tree,) = trees(app, red)
    root, child = tree["runs"]
    assert (root["parent"], child["parent"], tree["current"]) == (None, red, red)
    assert [(one["kind"], one["text"]) for one in child["words"]] == [
        ("same", "…"),
        ("removed", "red"),
        ("added", "blue"),
        ("same", "…"),
    ]
    assert child["values"] == ["Quality: low → high"]
