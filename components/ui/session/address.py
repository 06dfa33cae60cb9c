"""The page's address: `?run=…` shows a run again, `?prompt=…&n=4` fills the form in.

A link can be sent to a teammate; what it holds goes through the same checks as what is typed.
"""

from __future__ import annotations

import streamlit as st

RUN = "run"
OUTPUT = "output"  # the image of the run that a link is about
_ARRIVED = "address.arrived"
_PAGE = "address.page"  # the page that was drawn last
_COMES = "address.comes"  # whether it was come to from another one
_RUNS = "address.runs"  # by operation: the run that its page showed last


def remember_address(page: str) -> None:
    """Note once, when a page is opened by an address, which values that address asks for."""
    asked = {name: value for name, value in st.query_params.items() if name not in {RUN, OUTPUT}}
    if asked:
        st.session_state[f"{_ARRIVED}.{page}"] = asked
        for name in asked:
            del st.query_params[name]


def take_arrived(page: str) -> dict[str, str]:
    """The values that the address asked for, by parameter name; empty from the second call on."""
    return dict(st.session_state.pop(f"{_ARRIVED}.{page}", {}))


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
    if run_id is None:
        st.query_params.pop(RUN, None)
    elif st.query_params.get(RUN) != run_id:
        st.query_params[RUN] = run_id


def note_page(page: str) -> None:
    """Note which page is drawn, at the beginning of each drawing."""
    if st.session_state.get(_PAGE) not in {None, page}:
        st.session_state[_COMES] = True
    st.session_state[_PAGE] = page


def come_back(operation: str) -> None:
    """Show an operation's last run again to somebody who comes back from another page, whose link names no run."""
    runs = st.session_state.setdefault(_RUNS, {})
    comes = st.session_state.pop(_COMES, False)
    if comes and run_in_address() is None and (last := runs.get(operation)):
        show_run(last)
    elif run_id := run_in_address():
        runs[operation] = run_id


def show_begun(operation: str, run_id: str) -> None:
    """Show a run that was begun just now on the page of its operation: at once, or when somebody comes back to it."""
    if st.session_state.get(_PAGE) == operation:
        show_run(run_id)
    else:
        st.session_state.setdefault(_RUNS, {})[operation] = run_id


def go_to_page(page: str) -> None:
    """Open another page. As a deferred action it stays queued until that page is drawn."""
    if st.session_state.get(_PAGE) != page:
        st.switch_page(f"../../pages/{page}.py", query_params={})


def forget_run(operation: str) -> None:
    """Let the page of an operation come up without its last run: it was filled in with something else."""
    st.session_state.get(_RUNS, {}).pop(operation, None)
