"""A run's immutable snapshot, the same in progress and long after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from components.client import Connection
from components.library import Library, StoredOutput, StoredRun
from components.library.db.schema import ENDED
from components.library.files.unopened import unopened_of
from components.library.team import privacy
from components.parameters import Request
from components.parameters.recipes.recipe import recipe
from components.runs.outcome import at_no_cost
from components.settings import BUILT_IN_ID

EDITED_OUTPUT = privacy.EDITED_OUTPUT


@dataclass(frozen=True)
class RetryView:
    """The client waits until `until` (Unix seconds), then retries, for `reason`."""

    until: float
    reason: str


@dataclass(frozen=True)
class PartialView:
    """A preview of the image `index`; `token` names it at the runner, `number` counts the previews of that image."""

    index: int
    token: str
    number: int = 1


@dataclass(frozen=True)
class UnsavedView:
    """An image that arrived and could not be saved; `token` names it at the runner.

    `is_image` is False for what cannot be opened as an image, `is_in_memory` True for what the disk did not take.
    """

    index: int
    token: str
    reason: str
    is_image: bool = True
    is_in_memory: bool = False


# The version of an ended, stored run; an exact integer in JavaScript too.
FINAL_VERSION = 2**53 - 1


@dataclass(frozen=True)
class RunView:
    """Until it `is_written`, a run's end and text are only in memory.

    State is queued, running, done, failed, cancelled or interrupted; times in Unix seconds, cost in dollars. Of two
    views of a run, the greater `version` is the newer.

    `recipe` is that of the request, `answer` the server's JSON without images, `error` an ApiError's dict. `is_purged`:
    the run's texts were deleted for good.
    """

    id: str
    operation: str
    model: str
    connection_id: str
    connection_name: str
    owner: str
    state: str
    created: float
    started: float | None
    ended: float | None
    recipe: Mapping[str, Any]
    n: int
    prompt: str
    images: tuple[StoredOutput, ...] = ()
    partials: tuple[PartialView, ...] = ()
    unsaved: tuple[UnsavedView, ...] = ()
    is_written: bool = True
    text: str = ""
    retry: RetryView | None = None
    waiting: str | None = None
    error: Mapping[str, Any] | None = None
    usage: Mapping[str, Any] | None = None
    cost: Decimal | None = None
    request_id: str | None = None
    answer: Mapping[str, Any] | None = None
    parent_output: str | None = None
    extra: Mapping[str, Any] | None = field(default=None)
    is_purged: bool = False
    imported_at: float | None = None  # of a run from an imported archive
    version: int = field(default=0, compare=False)

    @property
    def has_ended(self) -> bool:
        """Return whether nothing more will arrive from the server."""
        return self.state in ENDED

    @property
    def sheet_id(self) -> str:
        """Return the id of the sheet that the run is a cell of; "" for none."""
        place = (self.extra or {}).get("sheet")
        return str(place.get("id") or "") if isinstance(place, Mapping) else ""

    @property
    def shortfall(self) -> str | None:
        """Return a sentence when the server sent fewer images than requested and called that complete."""
        count = len(self._entries)
        if self.state != "done" or not 0 < count < self.n:
            return None
        return f"The server sent {count} of the {self.n} requested images."

    @property
    def image_urls(self) -> tuple[str, ...]:
        """Return the URLs in the response, beside the files that were fetched from them."""
        return tuple(one["url"] for one in self._entries if isinstance(one.get("url"), str) and one["url"])

    @property
    def _entries(self) -> list[Mapping[str, Any]]:
        """Return what the server said of each image."""
        data = (self.answer or {}).get("data")
        return [one for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []

    @property
    def is_final(self) -> bool:
        """Return whether it has ended and the library has everything that it can take."""
        return self.has_ended and self.is_written and not any(one.is_image for one in self.unsaved)


def queued_view(
    run_id: str,
    request: Request,
    connection: Connection,
    created: float,
    owner: str,
    parent_output: str | None,
    extra: Mapping[str, Any] | None,
) -> RunView:
    """Return a run's view when it is submitted, at `created` (Unix seconds)."""
    return RunView(
        id=run_id,
        operation=request.operation,
        model=request.model,
        connection_id=connection.id,
        connection_name=connection.name,
        owner=owner,
        state="queued",
        created=created,
        started=None,
        ended=None,
        recipe=recipe(request),
        n=request.n,
        prompt=request.prompt_text,
        parent_output=parent_output,
        extra=extra,
    )


def stored_unsaved(error: Mapping[str, Any] | None) -> tuple[UnsavedView, ...]:
    """Return a stored run's images that cannot be opened, by their SHA-256."""
    return tuple(
        UnsavedView(int(one["index"]), str(one["sha256"]), str(one.get("reason", "")), is_image=False)
        for one in unopened_of(error)
    )


def stored_view(library: Library, run_id: str) -> RunView | None:
    """Return a run's view from the library alone."""
    run: StoredRun | None = library.run(run_id)
    if run is None:
        return None
    return RunView(
        id=run.id,
        operation=run.operation,
        model=run.model,
        connection_id=run.connection_id,
        connection_name=run.connection_name,
        owner=run.owner,
        state=run.state,
        created=run.created,
        started=run.started,
        ended=run.ended,
        recipe=run.recipe,
        n=run.n,
        prompt=run.prompt,
        images=tuple(library.outputs(run_id)),
        unsaved=() if run.purged else stored_unsaved(run.error),
        text=run.text,
        error=at_no_cost(run.error) if run.connection_id == BUILT_IN_ID else run.error,
        usage=run.usage,
        cost=run.cost,
        request_id=run.request_id,
        answer=run.answer,
        parent_output=run.parent_output,
        extra=run.extra,
        is_purged=run.purged,
        imported_at=run.imported_at,
        version=FINAL_VERSION if run.state in ENDED else 0,
    )
