"""What the built-in engine does not judge, as the Analyze page tells it."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from components.engine.analysis.filling import UNKNOWN_REASON
from components.ui.analyze.structured import NOT_JUDGED
from components.ui.process.workbench import Workbench
from tests.pages.analyze.test_analyze import add, each, press
from tests.pages.forms.test_generate import components, labeled, texts


def test_the_built_in_engine_judges_no_checks(app: AppTest, workbench: Workbench) -> None:
    """It says of what it cannot measure that it did not judge it: no check fails, and no price is 0."""
    app.run().switch_page("../../pages/analyze.py").run()
    add(app, "red")
    labeled(app, "Answer").set_value("Checklist").run()
    labeled(app, "Points to check").set_value("Is there a logo?").run()
    labeled(app, "Analyze").click().run()
    (row,) = each(app, workbench)
    assert [(one["passed"], one["reason"]) for one in row["checks"]] == [(None, UNKNOWN_REASON)]
    (table,) = components(app, "rows")
    assert table["rows"][0]["fix"] is False
    labeled(app, "Answer").set_value("As data").run()
    labeled(app, "Fields or JSON schema").set_value("price: number, width: integer").run()
    view = press(app, workbench)
    assert json.loads(view.text) == {"price": None, "width": 64}
    assert list(app.dataframe[0].value.iloc[0]) == [NOT_JUDGED, 64]
    assert "some was not judged" in texts(app)
