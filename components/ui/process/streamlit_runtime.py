"""Access to Streamlit's runtime: the only module that imports `streamlit.runtime`.

Streamlit 1.67 has no public API for a session's id, for the part of the page that runs, for counting and dropping the
uploaded files in memory, or for closing a disconnected session. `tests/unit/ui/process/test_streamlit_runtime.py` names
what this module relies on. Without a runtime, as in AppTest, there are no sessions and no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState


class Sessions(Protocol):
    """The runtime, as far as sessions go."""

    def is_active_session(self, session_id: str) -> bool:
        """Return whether a browser is connected to it."""

    def close_session(self, session_id: str) -> None:
        """End it, with all that it holds."""


class Upload(Protocol):
    """An uploaded file, as `st.file_uploader` returns it."""

    file_id: str


def session_id() -> str | None:
    """Return the id of the session whose script this thread runs, or None."""
    context = get_script_run_ctx(suppress_warning=True)  # every write of the runner's threads asks
    return None if context is None else context.session_id


def is_in_script() -> bool:
    """Return whether this thread runs a session's script or callback."""
    return get_script_run_ctx(suppress_warning=True) is not None


def runs_fragment_alone() -> bool:
    """Return whether a fragment is run, and not the whole page."""
    context = get_script_run_ctx()
    return bool(context and context.fragment_ids_this_run)


def is_inside_fragment() -> bool:
    """Return whether the code, or the widget whose callback runs, belongs to a fragment."""
    return ThreadState.get().fragment_id is not None


def sessions() -> Sessions | None:
    """Return the runtime."""
    return runtime.get_instance() if runtime.exists() else None


def has_session(session: str) -> bool:
    """Return whether this process has a session to which a browser is connected."""
    running = sessions()
    return running is not None and running.is_active_session(session)


def _uploads() -> Any:
    return runtime.get_instance().uploaded_file_mgr if runtime.exists() else None


def held_bytes() -> Mapping[str, int]:
    """Return the bytes of uploaded files that are in memory, by session."""
    storage: Mapping[str, Mapping[str, Any]] = getattr(_uploads(), "file_storage", {})
    return {session: sum(len(file.data) for file in tuple(files.values())) for session, files in tuple(storage.items())}


def forget_upload(file: Upload) -> None:
    """Drop a file that a page has stored, for the session whose script is running."""
    session, uploads = session_id(), _uploads()
    if session is not None and uploads is not None:
        uploads.remove_file(session, file.file_id)


def forget_uploads_of(session: str) -> None:
    """Drop all files of a session."""
    if (uploads := _uploads()) is not None:
        uploads.remove_session_files(session)
