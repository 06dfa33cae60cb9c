"""What the program fills in holds where the browser is a moment behind, or hears of a drawing too late."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components.ui.forms.form_state import FormState
from components.ui.session.widget_sync import BEHIND, held, is_behind, seed
from tests.pages.forms.test_generate import components
from tests.pages.states import state_of

FILLED = {
    "model": "gpt-image-1.5",
    "prompt": "a yellow balloon",
    "n": "3",
    "size": "1024x1536",
    "quality": "high",
    "output_format": "webp",
    "output_compression": "55",
    "background": "opaque",
    "stream": "true",
}
KINDS = ("selectbox", "text_area", "text_input", "number_input", "toggle", "segmented_control")


def beginnings(app: AppTest) -> dict[str, str]:
    """By parameter: what its widget begins with in a browser that hears of nothing but this one drawing's default."""
    found: dict[str, str] = {}
    for one in (one for kind in KINDS for one in app.get(kind)):
        value: Any = one.proto.default
        if hasattr(one.proto, "option_ids") or not isinstance(value, str | int | float | bool):
            value = one.proto.options[value[0]].content
        elif hasattr(one.proto, "options"):
            value = one.proto.options[value]
        found[str(one.key).rpartition(".")[2]] = f"{value:g}" if isinstance(value, float) else str(value)
    boxes = {one["label"].lower(): one["value"] for one in components(app, "free")}
    return found | boxes


def test_every_widget_begins_with_what_the_form_holds(app: AppTest) -> None:
    """Streamlit tells of a seeded value once; a browser that misses it must not bring in another."""
    app.query_params.update(FILLED)
    app.run()
    begun = beginnings(app)
    assert {name: begun[name].lower() for name in FILLED} == FILLED


def test_what_the_browser_still_tells_from_before_is_no_choice(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that was filled a moment ago is not turned back by a browser that has not heard of it."""
    monkeypatch.setattr("components.ui.session.widget_sync.BEHIND", 600.0)
    app.run()
    number = app.text_input(key="generate.n")
    state_of(app, FormState, "generate").values["n"] = 4
    app.run()
    number.set_value("1").run()  # as it was before
    assert app.text_input(key="generate.n").value == "4"
    assert state_of(app, FormState, "generate").values["n"] == 4
    number.set_value("2").run()
    assert app.text_input(key="generate.n").value == "2"
    assert state_of(app, FormState, "generate").values["n"] == "2"


def test_a_person_may_choose_what_it_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only for a moment after it was filled is a widget's old value taken for what the browser has not heard of."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    assert held("place", 7) == 7
    assert seed("place", 1, 10.0) == 1
    assert not is_behind("place", 10.0)  # a new one has no value from before
    seed("place", 2, 10.0)
    assert held("place", 7) == 2
    assert not is_behind("place", 10.0)
    state["place"] = 1
    assert is_behind("place", 10.0 + BEHIND / 2)
    assert not is_behind("place", 10.0 + BEHIND)
