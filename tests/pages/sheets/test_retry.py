"""A cell that is run again: one whose image has a star or a rating asks first."""

from __future__ import annotations

from functools import partial

from streamlit.testing.v1 import AppTest

from components.library.annotations import rate, star
from components.library.queries.sheet_cells import cells_of
from components.ui.base.error_boundary import guarded
from components.ui.process.workbench import Workbench
from components.ui.sheets.sheet_view import _act
from tests.pages.forms.test_generate import texts
from tests.pages.sheets.test_link import first_cell
from tests.pages.sheets.test_sheets import sent
from tests.support.await_run import wait_for_ends


def press_retry(app: AppTest, sheet_id: str) -> None:
    """Press the first cell's button."""
    app.session_state["deferred.actions"].append(partial(guarded(_act), sheet_id, "retry", {"position": 0}))
    app.run()
    assert not app.exception


def newest_run(workbench: Workbench, sheet_id: str) -> str:
    """The first cell's newest run, when what is under way has ended."""
    workbench.sheets.join(60)
    for view in workbench.runner.live_views():
        wait_for_ends(workbench.runner, view.id)
    return str(cells_of(workbench.library, sheet_id)[0].run_id)


def test_a_marked_cell_asks_before_it_is_run_again(app: AppTest, workbench: Workbench) -> None:
    """ "Keep this image" and a closed question send nothing; "Run again" sends the cell once."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    image, run_id = first_cell(workbench, sheet_id)
    star(workbench.library, [image])
    rate(workbench.library, [image], 4)
    press_retry(app, sheet_id)
    assert "Its image is **starred and rated 4 of 5**." in texts(app)
    app.button(key="sheet.retry.no").click().run()
    assert newest_run(workbench, sheet_id) == run_id
    assert "sheet.retry.yes" not in [one.key for one in app.button]

    press_retry(app, sheet_id)
    app.button(key="sheet.retry.yes").click().run()
    assert not app.exception
    again = newest_run(workbench, sheet_id)
    assert again != run_id
    app.run()
    assert "sheet.retry.yes" not in [one.key for one in app.button]

    press_retry(app, sheet_id)
    assert newest_run(workbench, sheet_id) not in {run_id, again}, "the new image has no marks, so nothing is asked"
