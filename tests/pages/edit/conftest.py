"""The page that most tests of this folder begin with."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.edit.edit_page import open_edit


@pytest.fixture
def page(app: AppTest) -> AppTest:
    """The Edit page, empty."""
    return open_edit(app)
