"""Cut the flat background out of an output: a second version with a transparent background beside the first."""

from __future__ import annotations

import logging
from dataclasses import replace
from uuid import uuid4

from PIL import ImageColor

from components.images.decoding.opening import decode, decoding_all
from components.images.decoding.probe import inspect
from components.images.errors import ImageRefused
from components.images.masks.cutout import BYTES, NO_FLAT_BACKGROUND, color_distance, cut_out, flat_color
from components.images.writing import PNG, encode
from components.library import Library, StoredOutput
from components.library.files.content_store import digest
from components.library.files.staging import received_name

# Key in a run's extra: cut the background of this color out of the images.
CUT_BACKGROUND = "cut_background"
ROLE = "cutout"

# Formats that cannot be cut.
WITHOUT_PIXELS = frozenset({"svg", "gif"})

_FARTHEST = 150.0  # distance of the color that came from the one that was asked for, of 441

log = logging.getLogger(__name__)


def cut_background(library: Library, stored: StoredOutput, asked: str | None = None) -> StoredOutput:
    """Add a version of an output without its flat background, and return it.

    `asked` ("#00ff00") is the color that the model was asked for: then it is cut inside of the subject too, and a
    background of another color stays. Raise ImageRefused where there is no flat background, LibraryUnavailable,
    OSError.
    """
    if stored.role != "image":
        raise ImageRefused("Only the image as it came can be cut out, not a version that was made of it here.")
    path = library.file("original", stored.sha256)
    if path is None or stored.format in WITHOUT_PIXELS:
        raise ImageRefused("An animation, an SVG, or an image without its file cannot be cut.")
    with decoding_all(path, copies=2, more=stored.width * stored.height * BYTES):
        image = decode(path, max_pixels=library.max_pixels)
        flat = flat_color(image)
        if flat is None or (asked and color_distance(flat.color, ImageColor.getrgb(asked)[:3]) > _FARTHEST):
            raise ImageRefused(NO_FLAT_BACKGROUND)
        data = encode(cut_out(image, flat, holes=asked is not None), PNG)
    folder = library.run_staging(stored.run_id)
    target = folder / f"{stored.id}-{uuid4().hex[:8]}.part"
    target.write_bytes(data)
    sha256 = digest(target)
    # Rename it once complete: if the app dies from here on, the next start finds it.
    staged = target.rename(folder / received_name(stored.index, sha256, ROLE))
    thumbnail = staged.with_suffix(".small")
    found = inspect(staged, max_pixels=library.max_pixels, thumbnail=thumbnail)
    facts = {"cut_background": "#{:02x}{:02x}{:02x}".format(*flat.color)}
    return library.add_output(
        stored.run_id, stored.index, staged, sha256, found, thumbnail=thumbnail, role=ROLE, facts=facts
    )


def cut_as_asked(library: Library, stored: StoredOutput, asked: str) -> tuple[StoredOutput, StoredOutput | None]:
    """Return an output and its version without the background; without one, the output says why."""
    try:
        return stored, cut_background(library, stored, asked)
    except (ImageRefused, OSError) as refusal:
        log.info("Did not cut out the background of %s: %s", stored.id, refusal)
        facts = {**(stored.facts or {}), "not_cut": str(refusal)}
        library.set_facts(stored.id, facts)
        return replace(stored, facts=facts), None


def cut_version(library: Library, of: StoredOutput) -> StoredOutput | None:
    """Return the version of an output without its background, or None."""
    return next((one for one in library.outputs(of.run_id) if (one.index, one.role) == (of.index, ROLE)), None)
