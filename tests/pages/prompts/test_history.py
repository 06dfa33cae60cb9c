"""The history on a prompt's page: who changed what, a page of it at a time."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.library.team.audit import AuditEntry, record
from components.team.people import Person
from components.ui.process.workbench import Workbench
from components.ui.prompts.history import changed_text, tags_detail
from tests.pages.forms.test_generate import labeled, labels, texts
from tests.pages.prompts.test_prompts import HOSTILE, open_prompt, saved


def test_each_change_is_in_the_history(app: AppTest, workbench: Workbench) -> None:
    """A new name and tags, a version, and a label that is moved and removed; another prompt's changes are not."""
    prompt_id, other = saved(workbench, "A fox"), saved(workbench, "A wolf")
    record(workbench.library, None, "prompt.changed", other, {"what": "label", "label": "elsewhere", "version": 1})
    open_prompt(app, prompt_id)
    assert "History" not in texts(app)
    labeled(app, "Name").set_value("Our fox").run()
    app.multiselect(f"prompt.tags.{prompt_id}").set_value([]).run()
    labeled(app, "Prompt").set_value("A red fox").run()
    labeled(app, "Save as a new version").click().run()
    for button in ("Move to version 2", "Remove the label"):
        labeled(app, "Label").set_value("production").run()
        labeled(app, button).click().run()
    assert not app.exception
    shown = texts(app).partition("History")[2]
    expected = [
        "Label production removed",
        "Label production moved to version 2",
        "Version 2 added",
        "Tags removed animals",
        "Renamed",
    ]
    places = [shown.find(one) for one in expected]
    assert -1 not in places, shown
    assert places == sorted(places)
    assert "elsewhere" not in shown


def test_a_long_history_is_turned_page_by_page(app: AppTest, workbench: Workbench) -> None:
    """Ten changes at a time, with who made them; a hostile name is text."""
    prompt_id = saved(workbench, "A fox")
    for number in range(12):
        detail = {"what": "label", "label": f"try {number:02}", "version": 1}
        record(workbench.library, Person(HOSTILE, HOSTILE), "prompt.changed", prompt_id, detail)
    open_prompt(app, prompt_id)
    assert "Label try 02 moved" in texts(app)
    assert "Label try 01 moved" not in texts(app)
    named = [one.value for one in app.markdown if "alert" in one.value]
    assert len(named) == 10
    assert not any("<script>" in one or "**bold**" in one or "[x](" in one for one in named)
    labeled(app, "Older").click().run()
    assert "Label try 01 moved" in texts(app)
    assert "Label try 02 moved" not in texts(app)
    labeled(app, "Newer").click().run()
    assert "Label try 11 moved" in texts(app)
    open_prompt(app, saved(workbench, "A wolf"))
    assert "Older" not in labels(app)


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"what": "checks", "count": 2}, "Checks changed: 2"),
        ({"what": "checks", "count": 0}, "Checks removed"),
        ({"what": "tags"}, "Tags changed"),
        ({"what": "tags", **tags_detail(["a", "b"], ["b", "c"])}, "Tags added c; removed a"),
        ({"what": "something new"}, "Changed"),
        ({}, "Changed"),
    ],
)
def test_entries_of_other_versions_of_the_app_are_said(detail: dict[str, object], said: str) -> None:
    """What an older or newer version wrote has a sentence too."""
    assert changed_text(AuditEntry("1", 1.0, "", "prompt.changed", "p", detail)) == said
