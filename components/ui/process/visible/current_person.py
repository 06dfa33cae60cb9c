"""Who asks: the person at the page whose script runs, or who sent the request that a route answers.

The library and the runner that `Workbench` hands out show what this person may see. The app's own threads ask for
nobody, and see everything, as does everybody without a sign-in.
"""

from __future__ import annotations

from contextvars import ContextVar

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from components.team.people import Person
from components.ui.access.identity import person_of
from components.ui.access.sign_in.policy import sign_in
from components.ui.process.page_rights import signed_in_person
from components.ui.process.streamlit_runtime import is_in_script

_current_person: ContextVar[Person | None] = ContextVar("current_person", default=None)


def current_person() -> Person | None:
    """Return the person who asks; None for the app itself, and for everybody where there is no sign-in."""
    if not sign_in().is_on:
        return None
    return signed_in_person() if is_in_script() else _current_person.get()


class CurrentPerson:
    """ASGI middleware that notes who sends a request, for the routes behind it and the threads that they use."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or not sign_in().is_on:
            await self._app(scope, receive, send)
            return
        token = _current_person.set(person_of(HTTPConnection(scope)))
        try:
            await self._app(scope, receive, send)
        finally:
            _current_person.reset(token)
