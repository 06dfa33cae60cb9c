"""After a masked edit: measure what changed outside the mask, and restore the original there."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from components.images.decoding.opening import KNOWN_PIXELS
from components.images.decoding.probe import inspect
from components.images.masks.compare import DifferentAspect, changed_outside, restore_original
from components.library import Library, StoredOutput
from components.library.files.content_store import digest
from components.library.files.staging import received_name
from components.parameters import Request

# Key in a run's extra: restore the original outside the mask, with a soft edge of this many pixels.
KEPT_OUTSIDE = "restore_outside"

# Formats whose results cannot be compared with the original, and the sentence on it.
WITHOUT_PIXELS: Mapping[str, str] = {
    "svg": "What changed outside the mask is not known: a drawing in SVG has no pixels to compare.",
    "gif": "What changed outside the mask is not known: an animation is not compared.",
}

log = logging.getLogger(__name__)


def compare_outside(library: Library, request: Request, stored: StoredOutput) -> StoredOutput:
    """Return the output with a fact on how much changed outside the mask; unchanged without a mask."""
    path = library.file("original", stored.sha256)
    if request.mask is None or not request.images or path is None:
        return stored
    facts: dict[str, Any] = {}
    try:
        if stored.format in WITHOUT_PIXELS:
            raise DifferentAspect(WITHOUT_PIXELS[stored.format])
        outside = changed_outside(request.images[0].path, path, request.mask.path)
        facts = {"changed_outside": round(outside.share, 4), "scaled": outside.scaled}
    except DifferentAspect as framing:
        facts = {"other_framing": str(framing)}
    except (OSError, ValueError):
        log.warning("Could not compare output %s with its original", stored.id, exc_info=True)
        return stored
    library.set_facts(stored.id, facts)
    return replace(stored, facts=facts)


def restore_outside(
    library: Library, request: Request, stored: StoredOutput, extra: Mapping[str, Any] | None
) -> StoredOutput | None:
    """Add a version of the output with the original outside the mask, if the run asks for one. Return it or None."""
    feather = (extra or {}).get(KEPT_OUTSIDE)
    path = library.file("original", stored.sha256)
    if feather is None or request.mask is None or path is None or "other_framing" in (stored.facts or {}):
        return None
    folder = library.run_staging(stored.run_id)
    target = folder / f"{stored.id}.part"
    scaled = restore_original(request.images[0].path, path, request.mask.path, target, feather=int(feather))
    sha256 = digest(target)
    # Rename it once complete: if the app dies from here on, the next start finds it.
    staged = target.rename(folder / received_name(stored.index, sha256, "composite"))
    thumbnail = staged.with_suffix(".small")
    image = inspect(staged, max_pixels=KNOWN_PIXELS, thumbnail=thumbnail)
    return library.add_output(
        stored.run_id,
        stored.index,
        staged,
        sha256,
        image,
        thumbnail=thumbnail,
        role="composite",
        facts={"kept_outside": True, "scaled": scaled},
    )


def kept_version(library: Library, of: StoredOutput) -> StoredOutput | None:
    """Return the version of an output with the original outside the mask, or None."""
    outputs = library.outputs(of.run_id)
    return next((one for one in outputs if (one.index, one.role) == (of.index, "composite")), None)
