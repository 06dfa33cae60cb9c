"""Do what a person asked for once and completely, whatever the browser requests during it.

Streamlit ends a callback at its next look at `st.session_state`, or at the next message it sends (a toast, a query
parameter), as soon as the browser has requested another rerun; the rest of the callback is lost. So a callback only
queues an action, and the script's body performs it. An interrupted action stays in the queue and starts again in the
next run. Therefore an action

- makes all its looks at the session before the first change that must not happen twice, such as a submitted run;
- queues what follows such a change with `defer`, as an action of its own.

Reading the whole state (`to_dict`) is the one look at which Streamlit does not interrupt.

Changes that a browser reports at the same moment travel together, and if one of them is of a fragment, Streamlit runs
that fragment alone. An action that a widget of the page itself queued is performed there and then has the page run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ParamSpec

import streamlit as st

from components.ui.process.streamlit_runtime import is_inside_fragment, runs_fragment_alone

P = ParamSpec("P")

_QUEUE = "deferred.actions"


def peek(key: str) -> Any:
    """Return a value of the session without letting Streamlit interrupt the caller; None where there is none."""
    return st.session_state.to_dict().get(key)


def defer(action: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Queue an action for the script's body."""
    queue: list[Callable[[], object]] = peek(_QUEUE)
    queue.append(partial(action, *args, **kwargs))
    if runs_fragment_alone() and not is_inside_fragment():
        queue.append(_run_page)


def _run_page() -> None:
    """Rerun the whole page, not only a fragment; the actions left in the queue are then done."""
    if runs_fragment_alone():
        st.rerun()


def deferred(action: Callable[P, object]) -> Callable[P, None]:
    """Return a widget's callback that queues the action."""

    @wraps(action)
    def callback(*args: P.args, **kwargs: P.kwargs) -> None:
        defer(action, *args, **kwargs)

    return callback


def close_popover(key: str) -> None:
    """Close the popover with this key; an action, as widgets can be set only before they are drawn."""
    st.session_state[key] = False


def perform_deferred() -> None:
    """Perform the queued actions in their order; called at the start of the script and of every fragment."""
    queue: list[Callable[[], object]] = st.session_state.setdefault(_QUEUE, [])
    while queue:
        try:
            queue[0]()
        except Exception:
            queue.pop(0)  # it failed, and would fail again
            raise
        queue.pop(0)
