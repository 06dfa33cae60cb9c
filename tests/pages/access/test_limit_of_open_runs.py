"""One person's open runs have a limit: the next is refused before anything is sent, and says why."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.ui.process.workbench import Workbench
from tests.pages.forms.test_generate import labeled, texts
from tests.unit.library.library_fixtures import ask


@pytest.fixture(autouse=True)
def one_run_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_WORKBENCH_OPEN_RUNS_EACH", "1")


@pytest.mark.parametrize("owner", ["Ada", "Bo"])
def test_a_run_too_many_is_refused_and_another_persons_is_not(
    app: AppTest, workbench: Workbench, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is who began the runs that have not ended."""
    workbench.library.begin_run("r1", ask(), connection_id="c1", connection_name="Test", owner=owner)
    open_run = workbench.runner.view("r1")
    assert open_run is not None
    monkeypatch.setattr(workbench.runner, "live_views", lambda: [open_run])
    app.run()
    labeled(app, "Your name").set_value("Ada").run()
    labeled(app, "Prompt").set_value("a fox")
    labeled(app, "Generate").click().run()
    said = "You have 1 run waiting" in "\n".join([texts(app), *(one.value for one in app.error)])
    assert said == (owner == "Ada")
    assert bool(app.query_params.get("run")) == (owner == "Bo")
