"""The Compare page: pictures beside each other, and only what differs."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from components.ui.workbench import Workbench
from tests.pages.test_generate import texts
from tests.pages.test_library import run

PAGE = "../../pages/compare.py"


def compare(app: AppTest, *outputs: str) -> list[dict[str, Any]]:
    """Open the page with these outputs; gives the pictures that it shows."""
    app.run().switch_page(PAGE)
    app.query_params["outputs"] = ",".join(outputs)
    app.run()
    assert not app.exception
    found = [json.loads(one.proto.json) for one in app.get("bidi_component") if '"pictures"' in str(one.proto.json)]
    return found[0]["pictures"] if found else []


def test_what_differs_is_shown_and_nothing_else(app: AppTest, workbench: Workbench) -> None:
    """The prompt's other word is marked, other values stand in a table; what is the same is left out."""
    first = run(workbench, "a red boat at sea")
    second = run(workbench, "a blue boat at sea", size="1536x1024", owner="Anna")
    shown = compare(app, f"{first}-0", f"{second}-0")
    assert [(one["width"], one["height"]) for one in shown] == [(1024, 1024), (1536, 1024)]
    marked = " ".join(one.value for one in app.markdown)
    assert ":red[~~red~~] :green[**blue**]" in marked
    table = app.dataframe[0].value
    assert list(table.iloc[:, 0]) == ["Size", "Came as", "By"]
    assert list(table.iloc[0]) == ["Size", "default", "1536x1024"]


def test_one_alone_and_what_is_not_there(app: AppTest, workbench: Workbench) -> None:
    """Fewer than two are said to be too few; an id that names nothing is left out; others are offered."""
    first = run(workbench, "a red boat")
    run(workbench, "a blue boat")
    assert len(compare(app, f"{first}-0", "nothing-0")) == 1
    assert "Choose two to four" in texts(app)
    app.button(key="compare.away.0").click().run()
    assert compare(app) == []


def test_change_and_run_from_a_comparison(app: AppTest, workbench: Workbench) -> None:
    """The winner gets its star right there, and is carried on into the form."""
    first = run(workbench, "a red boat")
    second = run(workbench, "a blue boat", n=2)
    compare(app, f"{first}-0", f"{second}-0")
    app.button(key="compare.star.1").click().run()
    assert app.button(key="compare.star.1").label == "★ Starred"
    assert [one.starred for one in workbench.library.outputs(second)] == [True, False]
    app.button(key="compare.change.1").click().run()
    assert not app.exception
    assert app.session_state["wishes.generate"]["prompt"] == "a blue boat"
