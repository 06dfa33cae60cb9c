"""The data of a report, and its images: linked on the page, embedded in the file."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from components.checks import FAIL, PASS
from components.images.errors import ImageRefused
from components.images.preview import preview_of, small_image
from components.library import Library
from components.library.records import SheetCell, StoredOutput, StoredSheet
from components.library.sheets.checks import CheckResult, StoredCheck
from components.library.sheets.sheet_totals import SCORE_KIND
from components.ui.base.run_json import original_address, thumbnail_address
from components.ui.sheets.vote.results import SheetRanking

LARGE = (1024, 1024)  # pixels that a large embedded image fits into
LARGEST_FILE = 200_000  # bytes of a small one, whose edge is 512 pixels at most
CONTENT_TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}

# Returns the address of an image for HTML, or of its larger version if True; "" if there is none.
ImageAddress = Callable[[StoredOutput, bool], str]


@dataclass(frozen=True)
class CellChecks:
    """How a cell's image did: how many checks it passed of those that judged it, and the mean of its scores."""

    passed: int
    judged: int
    score: float | None

    @property
    def order(self) -> tuple[int, float]:
        """Return what orders cells, the best one first."""
        return -self.passed, -(self.score or 0)


def checks_by_cell(
    cells: Sequence[SheetCell], checks: Sequence[StoredCheck], results: Mapping[str, Sequence[CheckResult]]
) -> dict[int, CellChecks]:
    """Return how the images of cells did in these checks, by position; only of those that one has judged."""
    kinds, found = {one.id: one.kind for one in checks}, dict[int, CellChecks]()
    for cell in cells:
        of_cell = results.get(cell.cover.id, ()) if cell.cover is not None else ()
        passed, failed = (sum(one.status == status for one in of_cell) for status in (PASS, FAIL))
        scores = [one.score for one in of_cell if kinds.get(one.check_id) == SCORE_KIND and one.score is not None]
        if passed or failed or scores:
            found[cell.position] = CellChecks(passed, passed + failed, fmean(scores) if scores else None)
    return found


@dataclass(frozen=True)
class ReportData:
    """A sheet and the data of its report.

    `ranking` is None without votes, or if `hides_votes`, because the reader may still vote. `person` is the reader's
    name, `made` the time in Unix seconds. `is_file`: the report is a file without links into the app. `checks` are
    titles of checks with how many images passed, `totals` are the totals for each value of an axis, `by_cell` says how
    each image did in the checks, by the cell's position.
    """

    sheet: StoredSheet
    cells: Sequence[SheetCell]
    ranking: SheetRanking | None
    hides_votes: bool
    image: ImageAddress
    person: str
    made: float
    is_file: bool = False
    checks: Sequence[tuple[str, str]] = ()
    totals: Sequence[Sequence[str]] = ()
    by_cell: Mapping[int, CellChecks] = field(default_factory=dict)

    @property
    def scores(self) -> dict[int, float]:
        """Return the scores of the cells that were voted on, by position."""
        return {int(one.name): one.score for one in self.ranking.cells.standings} if self.ranking else {}


def linked(output: StoredOutput, large: bool) -> str:
    """Return the address of a stored image in the app."""
    return (original_address if large else thumbnail_address)(output.sha256, output.format)


def embedded(library: Library, max_pixels: int) -> ImageAddress:
    """Return a function that makes a data URL of an image, at a bounded size whatever its file holds."""

    def address(output: StoredOutput, large: bool) -> str:
        if large and (path := library.file("original", output.sha256)) is not None and path.suffix != ".svg":
            try:
                preview = preview_of(small_image(path, LARGE, max_pixels=max_pixels), LARGE)
            except (ImageRefused, OSError):
                return _small(library.file("thumbnail", output.sha256))
            return _data_url(preview.content_type, preview.data)
        return _small(library.file("thumbnail", output.sha256))

    return address


def _small(path: Path | None) -> str:
    content_type = CONTENT_TYPES.get(path.suffix) if path is not None else None
    if path is None or content_type is None:
        return ""
    data = path.read_bytes()
    return _data_url(content_type, data) if len(data) <= LARGEST_FILE else ""


def _data_url(content_type: str, data: bytes) -> str:
    return f"data:{content_type};base64,{base64.b64encode(data).decode('ascii')}"
