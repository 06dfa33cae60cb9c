"""The addresses of downloads: random, one session's own, and gone with it."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
import streamlit as st
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from components.library import Library, LibraryUnavailable
from components.library.db.tables.team_tables import drafts
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


def rows(library: Library) -> int:
    with library.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(drafts)).scalar_one())


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share selections as on PostgreSQL, whatever the tests' database is."""
    monkeypatch.setattr(exports, "is_postgresql", lambda engine: True)


@pytest.mark.usefixtures("shared")
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


def test_nothing_is_stored_where_there_is_one_server(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library on SQLite has no other servers that could be asked for a selection."""
    monkeypatch.setattr(exports, "is_postgresql", lambda engine: False)
    addresses(AppTest.from_function(script))
    assert rows(workbench.full_library) == 0


def picking_script() -> None:
    import streamlit as st

    from components.ui.process.exports import export_address

    ids = tuple(f"output-{number}" for number in range(st.session_state.get("count", 1)))
    st.text(export_address((ids, ())))


@pytest.mark.usefixtures("shared")
def test_other_servers_know_a_sessions_newest_selections(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images picked one by one leave a bounded number of rows, of bounded size; the session's end removes them."""
    monkeypatch.setattr(exports, "SHARED", 3)
    monkeypatch.setattr(exports, "MOST_BYTES", 2_000)
    library, app = workbench.full_library, AppTest.from_function(picking_script)
    found = []
    for count in range(1, 8):
        app.session_state["count"] = count
        found += [token(address) for address in addresses(app)]
        assert rows(library) <= 3
    app.session_state["count"] = 1
    assert token(addresses(app)[0]) == found[0]
    app.session_state["count"] = 1_000
    (large,) = addresses(app)
    assert len(find_export(token(large), {})[0]) == 1_000  # type: ignore[arg-type, index]
    with monkeypatch.context() as patched:
        patched.setattr(exports, "_exports", {})
        patched.setattr(library.process_lock, "process", "another")
        known = [find_export(one, {}) is not None for one in [*found, token(large)]]
    assert known == [True, False, False, False, False, False, True, False]
    del app
    gc.collect()
    addresses(AppTest.from_function(script))
    assert rows(library) == 2 + 2  # nobody's page waits for the removal
    gc.collect()
    exports.remove_ended()
    assert rows(library) == 0


@pytest.fixture
def unavailable(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AbstractContextManager[None]]:
    """Return a context in which a function of the library's drafts raises."""

    @contextmanager
    def failing(name: str) -> Iterator[None]:
        def fail(*_: object) -> None:
            raise LibraryUnavailable("The database is away.", "Wait.")

        with monkeypatch.context() as patched:
            patched.setattr(exports, name, fail)
            yield

    return failing


@pytest.mark.usefixtures("shared")
def test_an_outage_leaves_no_selection_unknown_or_behind(
    workbench: Workbench, unavailable: Callable[[str], AbstractContextManager[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be stored is stored by the next run of the script, and what could not be removed is removed."""
    monkeypatch.setattr(exports, "SHARED", 1)
    library, app = workbench.full_library, AppTest.from_function(picking_script)
    with unavailable("keep_draft"):
        (first,) = addresses(app)
    assert rows(library) == 0
    assert addresses(app) == [first]
    assert rows(library) == 1

    app.session_state["count"] = 2
    with unavailable("remove_drafts_of"):
        addresses(app)
    assert rows(library) == 2
    app.session_state["count"] = 3
    addresses(app)
    assert rows(library) == 1

    del app
    gc.collect()
    with unavailable("remove_drafts_of"), pytest.raises(LibraryUnavailable):
        exports.remove_ended()
    exports.remove_ended()
    assert rows(library) == 0


def test_many_are_removed_together_by_several_threads(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that finds nothing left, since another was faster, ends; no transaction removes only one."""
    removed: list[int] = []

    def remove(_: Library, tokens: list[str]) -> None:
        if not removed:
            removed.append(len(tokens))
            exports.remove_ended()  # as another thread, between two batches of this one
            return
        removed.append(len(tokens))

    monkeypatch.setattr(exports, "remove_drafts_of", remove)
    monkeypatch.setattr(exports, "_ended", NeverEmpty(str(number) for number in range(1_200)))
    exports.remove_ended()
    assert removed == [500, 500, 200]


class NeverEmpty(deque[str]):
    """Looks as if something were left, as it does before another thread takes the last one."""

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return max(1, super().__len__())
