"""What the program fills in holds where the browser is a moment behind, or hears of a drawing too late."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.ui.seeding import BEHIND, is_behind, seed
from tests.pages.conftest import PAGES

FILLED = {
    "model": "gpt-image-1.5",
    "prompt": "a yellow balloon",
    "n": 3,
    "size": "1024x1536",
    "quality": "high",
    "output_format": "webp",
    "output_compression": 55,
    "background": "opaque",
}


def own_default(app: AppTest, key: str) -> Any:
    """What the widget of this key begins with in a browser that hears of nothing else."""
    proto = next(one for one in app.main if getattr(one, "key", None) == key).proto
    if hasattr(proto, "raw_values"):  # segments
        return [proto.options[place].content for place in proto.default]
    if hasattr(proto, "options"):
        return proto.options[proto.default]
    return proto.default


def test_every_widget_begins_with_what_the_form_holds(app: AppTest) -> None:
    """Streamlit tells of a seeded value once; a browser that misses it must not bring in another."""
    app.run()
    pytest.fail(str([(one.key, type(one.proto)) for one in app.main if getattr(one, "key", None)]))
