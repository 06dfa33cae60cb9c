"""Which rows of a sheet differ in what a person sees: states, verdicts of checks, and how the images look."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

from components.images.errors import ImageRefused
from components.images.looks import Look, look_alike, look_of
from components.library import Library
from components.library.queries.sheet_summary import CellMark
from components.library.sheets.checks import judged_places

SECONDS = 0.4  # that one answer may spend on images it has not seen before
MOST_KNOWN = 20_000

_known: dict[str, Look | None] = {}  # by the image's SHA-256; None for one that cannot be opened


def differing_rows(
    library: Library, sheet_id: str, lines: Mapping[int, Sequence[CellMark]]
) -> tuple[frozenset[int], bool]:
    """Return the rows whose cells differ, and whether there are images left to compare.

    Until then, a row whose images are different files counts as differing.
    """
    verdicts, until = judged_places(library, sheet_id), time.monotonic() + SECONDS
    found, is_complete = set(), True
    for row, cells in lines.items():
        if len({cell.state for cell in cells}) > 1 or _differ(cells, verdicts):
            found.add(row)
            continue
        contents = list(dict.fromkeys(cell.content for cell in cells))
        if len(contents) < 2:
            continue
        looks = [_look(library, content, until) for content in contents if content]
        is_complete &= all(look is not _LATER for look in looks)
        known = [look for look in looks if isinstance(look, Look)]
        if len(known) < len(contents) or not look_alike(known):
            found.add(row)
    return frozenset(found), not is_complete


def _differ(cells: Sequence[CellMark], verdicts: Mapping[tuple[int, ...], Mapping[str, str]]) -> bool:
    """Return whether a check has passed one of the cells and failed another."""
    by_check: dict[str, set[str]] = defaultdict(set)
    for cell in cells:
        for check, status in verdicts.get(cell.places, {}).items():
            by_check[check].add(status)
    return any(len(statuses) > 1 for statuses in by_check.values())


class _Later:
    """The image is to be opened by a later answer."""


_LATER = _Later()


def _look(library: Library, sha256: str, until: float) -> Look | _Later | None:
    if sha256 in _known:
        return _known[sha256]
    if time.monotonic() > until:
        return _LATER
    path = library.file("thumbnail", sha256)
    try:
        look = None if path is None else look_of(path, max_pixels=library.max_pixels)
    except (ImageRefused, OSError):
        look = None
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    if path is not None:
        _known[sha256] = look
    return look
