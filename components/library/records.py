"""Values that the library returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

# What has an owner.
Belonging = Literal["output", "run", "sheet", "prompt", "collection"]
# In the place of a run's process: it waits for a batch, which outlives every process.
IN_BATCH = "batch"


@dataclass(frozen=True)
class StoredOutput:
    """An output of a run. `role` is "image", "composite" or "cutout" for a version that this app made, or "text".

    An output with the role "text" stands for the run's `text`; its SHA-256 is empty and its size 0. `rating` is 1 to
    5, 0 if unrated. `deleted_at` (unix seconds) is when it was moved to the trash; None outside the trash.
    `text_in_image` was read by OCR, "" where it found none, None as long as nothing read the image.
    """

    id: str
    run_id: str
    index: int
    role: str
    sha256: str
    format: str
    width: int
    height: int
    frames: int
    has_alpha: bool
    bytes: int
    revised_prompt: str | None
    created: float
    facts: Mapping[str, Any] | None = None
    starred: bool = False
    rating: int = 0
    rejected: bool = False
    title: str = ""
    note: str = ""
    deleted_at: float | None = None
    text_in_image: str | None = None


@dataclass(frozen=True)
class StoredRun:
    """One run as the database holds it; times in unix seconds, cost in dollars.

    The estimate is the expected cost before the run was sent; None if unknown. `purged_count` is the number of its
    images that were deleted for good. `deleted_at` is when a run without outputs was moved to the trash; of a
    `purged` run only the cost is left. `imported_at` is when the run was imported from an archive: its cost was not
    paid here and is not verified. An `is_private` run is seen by its owner alone.
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
    n: int
    prompt: str
    recipe: Mapping[str, Any]
    parent_output: str | None
    request_id: str | None
    usage: Mapping[str, Any] | None
    cost: Decimal | None
    answer: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    text: str
    extra: Mapping[str, Any] | None
    estimate_low: Decimal | None = None
    estimate_high: Decimal | None = None
    purged_count: int = 0
    deleted_at: float | None = None
    purged: bool = False
    imported_at: float | None = None
    is_private: bool = False


@dataclass(frozen=True)
class Collection:
    """A named set of outputs, created at `created` (unix seconds); `count` excludes those in the trash."""

    id: str
    name: str
    owner: str
    created: float
    count: int


@dataclass(frozen=True)
class StoredSheet:
    """A sheet: its template and axes as JSON data, its cap in dollars, and why it stopped before its end.

    `stopped` is "cap", "cancelled", "unavailable", or "" for one that did not. `cancels` counts how often it was
    cancelled.
    """

    id: str
    name: str
    owner: str
    created: float
    connection_id: str
    connection_name: str
    template: Mapping[str, Any]
    axes: Sequence[Mapping[str, Any]]
    cap: Decimal | None
    stopped: str
    cancels: int = 0
    is_private: bool = False


@dataclass(frozen=True)
class SheetCell:
    """A cell and its newest run; dollars.

    `state` is that of the run, "waiting" for a cell that was not sent, "skipped" for one that is not to be; without a
    `recipe` it cannot be. `places` are the places of its values on the axes. `spent` counts all its runs, with the
    estimate where the cost is not known. `seconds` is how long the run took, None until it has ended. `cover` is the
    first of its `images`; those of an earlier run while it has none.
    """

    position: int
    places: tuple[int, ...]
    recipe: Mapping[str, Any] | None
    skipped: str
    run_id: str | None
    state: str
    estimate: Decimal | None
    spent: Decimal
    error: Mapping[str, Any] | None = None
    cost: Decimal | None = None
    seconds: float | None = None
    cover: StoredOutput | None = None
    images: int = 0

    @property
    def shows_former(self) -> bool:
        """Return whether the image is of an earlier run than the newest."""
        return self.cover is not None and self.cover.run_id != self.run_id


@dataclass(frozen=True)
class SheetStart:
    """Cells of a sheet, by their positions, that are sent later: not before a time in Unix seconds.

    `user` is the parameter of this name, `problem` a sentence on what kept it from being done when it was due.
    `process` is the one that sends them at this moment, None while it waits.
    """

    id: str
    sheet_id: str
    connection_id: str
    base_url: str
    owner: str
    user: str
    positions: tuple[int, ...]
    as_batch: bool
    not_before: float
    process: str | None
    problem: str


@dataclass(frozen=True)
class SheetBatch:
    """Cells of a sheet that were sent as one batch; times in Unix seconds.

    `state`: "new" before anything was sent, "creating" while it is not known whether the server has it, "under_way"
    with a `remote_id`, "ended". `cells` are positions with the ids of their runs, `problem` a sentence on what keeps it
    from going on, or why it ended without having been made. `cancelled_by` is None while nobody has cancelled it.
    """

    id: str
    sheet_id: str
    connection_id: str
    connection_name: str
    base_url: str
    owner: str
    process: str
    state: str
    created: float
    expires: float
    cells: tuple[tuple[int, str], ...]
    remote_id: str | None
    problem: str
    cancelled_by: str | None

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Return the ids of its runs."""
        return tuple(run_id for _, run_id in self.cells)


@dataclass(frozen=True)
class RunSummary:
    """A run in a list, with its first image. With `sheet_id` it stands for all runs of that sheet."""

    id: str
    operation: str
    model: str
    state: str
    prompt: str
    created: float
    cover: StoredOutput | None
    sheet_id: str = ""
