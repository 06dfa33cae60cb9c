"""What a browser does while the app is at work on something else that it asked for."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx


def interrupt() -> None:
    """Do what a browser does that asks for something else while a callback works."""
    context = get_script_run_ctx()
    assert context is not None
    assert context.script_requests is not None
    context.script_requests.request_rerun(
        RerunData(query_string=context.query_string, page_script_hash=context.page_script_hash)
    )
