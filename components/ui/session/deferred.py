"""What a person did is done whole, whatever the browser asks for meanwhile.

Streamlit looks for the browser's next request at every look at the session, and leaves what it is at. In the middle
of a callback that would leave a form emptied and not yet filled, and before one a click would be lost without a word:
on a bad line several requests come at once. So the looks wait until the callbacks of a request are through.

This goes with `runner.fastReruns = false` in .streamlit/config.toml. With it on, the next request would be begun
beside the one that is not done yet, and both would write into one session.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState

_MARK = "does_callbacks_whole"


def do_callbacks_whole() -> None:
    """Let no request be left before its callbacks are through; done once, for every session of the process."""
    inner = SafeSessionState.on_script_will_rerun
    if hasattr(inner, _MARK):
        return

    @wraps(inner)
    def whole(state: SafeSessionState, *args: Any, **named: Any) -> None:
        # Its attributes are a session's values, so this one is set past them.
        look = state._yield_callback
        object.__setattr__(state, "_yield_callback", lambda: None)
        try:
            inner(state, *args, **named)
        finally:
            object.__setattr__(state, "_yield_callback", look)

    setattr(whole, _MARK, True)
    SafeSessionState.on_script_will_rerun = whole  # type: ignore[assignment, method-assign]
