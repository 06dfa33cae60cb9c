"""The page's address: `?run=…` shows a run, `?prompt=…&n=4` fills in the form.

Values from a link pass the same checks as typed ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from components.ui.session.state import page_state

RUN = "run"
OUTPUT = "output"  # the output of the run that the link points to
SHEET = "sheet"


@dataclass
class AddressState:
    """The page that was drawn last, and the values from addresses.

    `has_changed` is True if that page was opened from another one. `arrived` holds the values from each page's
    address, `runs` the run that the page of each operation showed last, `linked` the run and the sheet in the session's
    first address; `has_continued`: the person has worked on from them.
    """

    page: str | None = None
    has_changed: bool = False
    arrived: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    linked: frozenset[str] = frozenset()
    has_continued: bool = False


def remember_address(page: str) -> None:
    """Move the address's form values into the state, once, when a page is opened."""
    asked = {name: value for name, value in st.query_params.items() if name not in {RUN, OUTPUT, SHEET}}
    if asked:
        page_state(AddressState).arrived[page] = asked
        for name in asked:
            del st.query_params[name]


def take_arrived(page: str) -> dict[str, str]:
    """Return the values from the address, by parameter name; empty from the second call on."""
    return page_state(AddressState).arrived.pop(page, {})


def run_in_address() -> str | None:
    """Return the id of the run in the address."""
    return st.query_params.get(RUN) or None


def output_in_address() -> str:
    """Return the id of the output in the address; "" for none."""
    return st.query_params.get(OUTPUT, "")


def show_run(run_id: str | None) -> None:
    """Put a run into the address; None removes it."""
    if st.query_params.get(RUN) != run_id:
        st.query_params.pop(OUTPUT, None)
    st.query_params.pop(SHEET, None)
    if run_id is None:
        st.query_params.pop(RUN, None)
    elif st.query_params.get(RUN) != run_id:
        st.query_params[RUN] = run_id


def sheet_in_address() -> str | None:
    """Return the id of the sheet in the address."""
    return st.query_params.get(SHEET) or None


def is_linked(*ids: str) -> bool:
    """Return whether the session began with one of these runs and sheets in its address."""
    return not page_state(AddressState).linked.isdisjoint(ids)


def link_too(run_id: str, *ids: str) -> None:
    """Let the runs and sheets that a run leads to count as in the session's first address if that run was in there."""
    if is_linked(run_id):
        page_state(AddressState).linked |= set(ids)


def continue_from(*ids: str) -> None:
    """Note that a person works on from a run or sheet, which is no longer only what a link showed them."""
    if is_linked(*ids):
        page_state(AddressState).has_continued = True


def is_only_read(*ids: str) -> bool:
    """Return whether the session began with one of these in its address, and its person has not continued from it."""
    return is_linked(*ids) and not page_state(AddressState).has_continued


def show_sheet(sheet_id: str) -> None:
    """Put a sheet into the address in place of a run."""
    st.query_params.pop(RUN, None)
    st.query_params[SHEET] = sheet_id


def note_page(page: str) -> None:
    """Remember which page is drawn; call it at the start of each rerun."""
    state = page_state(AddressState)
    if state.page is None:
        state.linked = frozenset(filter(None, (run_in_address(), sheet_in_address())))
    if state.page not in {None, page}:
        state.has_changed = True
    state.page = page


def come_back(operation: str) -> None:
    """Show an operation's last run again when a person returns from another page by a link without a run."""
    state = page_state(AddressState)
    has_changed, state.has_changed = state.has_changed, False
    if has_changed and run_in_address() is None and sheet_in_address() is None and (last := state.runs.get(operation)):
        show_run(last)
    elif run_id := run_in_address():
        state.runs[operation] = run_id


def show_begun(operation: str, run_id: str) -> None:
    """Show a run that has just started on its operation's page: now, or when a person returns to that page."""
    state = page_state(AddressState)
    if state.page == operation:
        show_run(run_id)
    else:
        state.runs[operation] = run_id


def go_to_page(page: str) -> None:
    """Open another page. As a deferred action it stays queued until that page is drawn."""
    if page_state(AddressState).page != page:
        st.switch_page(f"../../pages/{page}.py", query_params={})


def go_to_sheet(sheet_id: str, operation: str) -> None:
    """Open a sheet on its operation's page, unless that is the current one."""
    if page_state(AddressState).page != operation:
        st.switch_page(f"../../pages/{operation}.py", query_params={SHEET: sheet_id})


def forget_run(operation: str) -> None:
    """Forget an operation's last run, since its form was filled with something else."""
    page_state(AddressState).runs.pop(operation, None)
