"""The Edit page without a browser."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def open_edit(app: AppTest) -> AppTest:
    """Go to the Edit page: empty, asking the built-in engine."""
    app.run()
    app.switch_page("../../pages/edit.py").run()
    assert not app.exception
    return app
