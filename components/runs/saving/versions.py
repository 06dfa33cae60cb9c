"""What follows once an image is saved: comparing it with its original, and the versions that its run asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from components.library import Library, StoredOutput
from components.parameters import Request
from components.runs.saving.cut_background import CUT_BACKGROUND, cut_as_asked
from components.runs.saving.mask_compare import compare_outside, restore_outside

# Returns the output with what is known of it by now, and the versions made of it.
Step = Callable[[StoredOutput], Iterable[StoredOutput | None]]


def version_steps(library: Library, request: Request, extra: Mapping[str, Any] | None) -> list[Step]:
    """Return what to do with each image of a run, in this order."""
    steps: list[Step] = []
    if request.mask is not None:
        steps.append(lambda stored: [compare_outside(library, request, stored)])
        steps.append(lambda stored: [restore_outside(library, request, stored, extra)])
    if (asked := (extra or {}).get(CUT_BACKGROUND)) is not None:
        steps.append(lambda stored: cut_as_asked(library, stored, str(asked)))
    return steps
