"""The addresses of downloads: random, one session's own, and gone with it."""

from __future__ import annotations

import gc
from pathlib import Path
from unittest.mock import patch

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components.library.queries.pages import Filter
from components.ui.access.browser_cookie import NAME
from components.ui.process import exports
from components.ui.process.exports import find_export
from components.ui.process.workbench import Workbench

CHOSEN = Filter(states=("done",), size=(1024, 1024))
BROWSER = "a-browser-with-its-random-name"


def script() -> None:
    import streamlit as st

    from components.library.queries.pages import Filter
    from components.ui.process.exports import export_address

    st.text(export_address(Filter(states=("done",), size=(1024, 1024))))
    st.text(export_address((("output-1",), ())))


def addresses(app: AppTest) -> list[str]:
    return [str(text.value) for text in app.run().text]


def token(address: str) -> str:
    return Path(address).stem


def test_addresses_are_random_and_a_sessions_own(workbench: Workbench) -> None:
    """The same filter has another address in each session, the same one in each run of a session's script."""
    first, second = AppTest.from_function(script), AppTest.from_function(script)
    ours, theirs = addresses(first), addresses(second)
    assert len({*ours, *theirs}) == 4
    assert addresses(first) == ours
    assert find_export(token(ours[0]), {}) == CHOSEN
    assert find_export(token(ours[1]), {}) == (("output-1",), ())


def test_an_address_works_in_its_own_browser_alone(workbench: Workbench) -> None:
    """Copied or found in a log, it is of no use to another browser."""
    with patch.object(type(st.context), "cookies", {NAME: BROWSER}):
        app = AppTest.from_function(script)
        (address, _) = addresses(app)
    assert find_export(token(address), {NAME: BROWSER}) == CHOSEN
    assert find_export(token(address), {NAME: BROWSER[::-1]}) is None
    assert find_export(token(address), {}) is None


def test_an_address_ends_with_its_session(workbench: Workbench) -> None:
    """When the session is gone, so is what it selected."""
    app = AppTest.from_function(script)
    (address, _) = addresses(app)
    assert find_export(token(address), {}) is not None
    del app
    gc.collect()
    assert find_export(token(address), {}) is None


def test_an_address_works_at_another_server(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found in the library, by its own browser alone."""
    with patch.object(type(st.context), "cookies", {NAME: BROWSER}):
        app = AppTest.from_function(script)
        found = [token(address) for address in addresses(app)]
    monkeypatch.setattr(exports, "_exports", {})
    monkeypatch.setattr(workbench.full_library.process_lock, "process", "another")
    assert [find_export(one, {NAME: BROWSER}) for one in found] == [CHOSEN, (("output-1",), ())]
    assert [find_export(one, {NAME: BROWSER[::-1]}) for one in found] == [None, None]
    assert [find_export(one, {}) for one in found] == [None, None]
