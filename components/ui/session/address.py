"""The page's address: `?run=…` shows a run again, `?prompt=…&n=4` fills the form in.

A link can be sent to a teammate; what it holds goes through the same checks as what is typed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from components.ui.session.state import page_state

RUN = "run"
OUTPUT = "output"  # the image of the run that a link is about
SHEET = "sheet"


@dataclass
class AddressState:
    """The page that was drawn last, and what addresses asked for.

    `has_changed` says whether that page was opened from another one. `arrived` holds the values that the address of
    each page asked for, `runs` the run that the page of each operation showed last.
    """

    page: str | None = None
    has_changed: bool = False
    arrived: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)


def remember_address(page: str) -> None:
    """Note once, when a page is opened by an address, which values that address asks for."""
    asked = {name: value for name, value in st.query_params.items() if name not in {RUN, OUTPUT, SHEET}}
    if asked:
        page_state(AddressState).arrived[page] = asked
        for name in asked:
            del st.query_params[name]


def take_arrived(page: str) -> dict[str, str]:
    """The values that the address asked for, by parameter name; empty from the second call on."""
    return page_state(AddressState).arrived.pop(page, {})


def run_in_address() -> str | None:
    """The id of the run that the address names."""
    return st.query_params.get(RUN) or None


def output_in_address() -> str:
    """Return the id of the output that the address is a link to; "" for none."""
    return st.query_params.get(OUTPUT, "")


def show_run(run_id: str | None) -> None:
    """Put a run into the address, or take it out with None."""
    if st.query_params.get(RUN) != run_id:
        st.query_params.pop(OUTPUT, None)
    st.query_params.pop(SHEET, None)
    if run_id is None:
        st.query_params.pop(RUN, None)
    elif st.query_params.get(RUN) != run_id:
        st.query_params[RUN] = run_id


def sheet_in_address() -> str | None:
    """The id of the sheet that the address names."""
    return st.query_params.get(SHEET) or None


def show_sheet(sheet_id: str) -> None:
    """Put a sheet into the address in place of a run."""
    st.query_params.pop(RUN, None)
    st.query_params[SHEET] = sheet_id


def note_page(page: str) -> None:
    """Note which page is drawn, at the beginning of each drawing."""
    state = page_state(AddressState)
    if state.page not in {None, page}:
        state.has_changed = True
    state.page = page


def come_back(operation: str) -> None:
    """Show an operation's last run again to somebody who comes back from another page, whose link names no run."""
    state = page_state(AddressState)
    has_changed, state.has_changed = state.has_changed, False
    if has_changed and run_in_address() is None and sheet_in_address() is None and (last := state.runs.get(operation)):
        show_run(last)
    elif run_id := run_in_address():
        state.runs[operation] = run_id


def show_begun(operation: str, run_id: str) -> None:
    """Show a run that was begun just now on the page of its operation: at once, or when somebody comes back to it."""
    state = page_state(AddressState)
    if state.page == operation:
        show_run(run_id)
    else:
        state.runs[operation] = run_id


def go_to_page(page: str) -> None:
    """Open another page. As a deferred action it stays queued until that page is drawn."""
    if page_state(AddressState).page != page:
        st.switch_page(f"../../pages/{page}.py", query_params={})


def forget_run(operation: str) -> None:
    """Let the page of an operation come up without its last run: it was filled in with something else."""
    page_state(AddressState).runs.pop(operation, None)
