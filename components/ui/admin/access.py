"""Who sees the Admin page, and who may act on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from components.library import LibraryUnavailable
from components.ui.base.deferred import defer
from components.ui.base.error_boundary import reports_unavailable
from components.ui.process.workbench import workbench
from components.ui.session.owner import person

P = ParamSpec("P")

SHOW = "show"


def shows_admin() -> bool:
    """Return whether the navigation has the page: for admins who signed in, or for everybody if the setting says so.

    Without a sign-in everybody is an admin.
    """
    who = person()
    try:
        return who.is_admin and (who.is_verified or workbench().settings.admin_page == SHOW)
    except LibraryUnavailable:  # the page says so, and Admin could show nothing
        return False


def admins_only(action: Callable[P, object]) -> Callable[P, None]:
    """Return a widget's callback that queues the action, which is refused unless the person is an admin by then."""

    @wraps(action)
    def checked(*args: P.args, **kwargs: P.kwargs) -> None:
        if shows_admin():
            action(*args, **kwargs)
        else:
            defer(st.toast, "Only admins may do that. Nothing was changed.", icon=":material/block:")

    return reports_unavailable(checked)
