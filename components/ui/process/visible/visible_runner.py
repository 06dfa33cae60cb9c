"""The runner as one person sees it: runs that are private to others are not there, and cancelling is refused."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from components.library.db.chunks import chunks
from components.library.db.schema import runs
from components.library.errors import NotAllowed, explained
from components.library.team.audit import record
from components.library.visible.visible_library import VisibleLibrary
from components.runs import Runner, RunView
from components.team.people import ONLY_OWNER

PRIVATE = "Private run"


class VisibleRunner:
    """Stands for the runner; what is not about one run is the runner's own."""

    def __init__(self, runner: Runner, library: VisibleLibrary) -> None:
        self._runner = runner
        self._library = library

    def __getattr__(self, name: str) -> Any:
        """Return what the runner has."""
        return getattr(self._runner, name)

    def cancel(self, run_id: str, by: str = "") -> None:
        """See `Runner.cancel`; record it for somebody else's run.

        Raise NotAllowed for those, unless the person is an admin, who may cancel what they cannot see as well.
        """
        view, person = self._runner.view(run_id), self._library.person
        if view is None or not (person.is_admin or self._seen([view])):
            return
        if not person.may_change(view.owner):
            raise NotAllowed("This run belongs to somebody else, so it goes on.", ONLY_OWNER)
        self._runner.cancel(run_id, by)
        if view.owner != person.id:
            record(self._library.full, person, "run.cancelled", run_id, {"owner": view.owner})

    def view(self, run_id: str) -> RunView | None:
        """See `Runner.view`."""
        view = self._runner.view(run_id)
        return view if view is not None and self._seen([view]) else None

    def live_views(self) -> list[RunView]:
        """See `Runner.live_views`."""
        return self._seen(self._runner.live_views())

    def queue(self) -> list[RunView]:
        """Return all runs that have not ended; of those that the person may not see only whose they are."""
        views = self._runner.live_views()
        seen = {view.id for view in self._seen(views)}
        return [view if view.id in seen else _without_content(view) for view in views]

    async def subscribe(self, run_id: str) -> AsyncIterator[RunView]:
        """See `Runner.subscribe`."""
        async for view in self._runner.subscribe(run_id):
            if not await to_thread(self._seen, [view]):
                return
            yield view

    def partial(self, run_id: str, token: str) -> Any:
        """See `Runner.partial`."""
        return self._runner.partial(run_id, token) if self.view(run_id) is not None else None

    def unsaved(self, run_id: str, token: str) -> Any:
        """See `Runner.unsaved`."""
        return self._runner.unsaved(run_id, token) if self.view(run_id) is not None else None

    def _seen(self, views: Sequence[RunView]) -> list[RunView]:
        """Return the views that the person may see: their own, and those that the database shows them."""
        me = self._library.person.id
        foreign = [view.id for view in views if not me or view.owner != me]
        shown: set[str] = set()
        if foreign:
            with explained(self._library.folder), self._library.engine.connect() as connection:
                for piece in chunks(foreign):
                    shown |= set(connection.execute(select(runs.c.id).where(runs.c.id.in_(piece))).scalars())
        return [view for view in views if view.id in shown or (me and view.owner == me)]


def _without_content(view: RunView) -> RunView:
    return replace(view, prompt=PRIVATE, recipe={}, extra=None, images=(), partials=(), unsaved=(), text="", error=None)
