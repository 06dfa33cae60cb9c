"""What the session keeps of the Edit page: its state, and the keys of those widgets that are read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from components.ui.edit.canvas.state import Step
from components.ui.inputs.image_inputs import ImageEntry
from components.ui.session.state import DRAFT

MASK, MARKUP, EXTEND, RESULT = "Mask", "Markup", "Extend", "Result"

SHOWN = "edit.shown"  # the choice of what stands in the right column
KEEP = "edit.keep"  # the switch that keeps the outside of the mask
KEEP_FEATHER = "edit.keep.feather"
RATIO = "extend.ratio"
MASK_AMOUNT = "mask.amount"  # how many pixels to grow, shrink or feather by
MASK_TOLERANCE = "mask.tolerance"  # of the wand, 0 to 255
MASK_CONTIGUOUS = "mask.contiguous"  # whether the wand stays within what connects with the click
MASK_READING = "mask.reading"  # how to read an uploaded mask


def side_key(side: str) -> str:
    """Return the key of the border on a side."""
    return f"extend.{side}"


@dataclass
class EditState:
    """The right column of the page, and what the input images come from.

    `mode` is what is drawn on the canvas, while `shows_result` says whether the result is shown in its place. `run` and
    `first` (a SHA-256) are the run or sheet and the first image at the last drawing of the page. `parent` is the output
    that is edited and the SHA-256 of its image; `set_aside` are the images that "Edit" beneath a result took out.
    `last_step` is the run at the end of the row of steps.
    `kept_for` is the server and model that ignores masks, for which the original was last kept outside the mask.
    """

    mode: str = field(default=MASK, metadata=DRAFT)
    shows_result: bool = False
    run: str | None = None
    # With it the images that come back after a reload are not new ones, which would take the result's place.
    first: str | None = field(default=None, metadata=DRAFT)
    parent: tuple[str, str] | None = field(default=None, metadata=DRAFT)
    set_aside: list[ImageEntry] = field(default_factory=list, metadata=DRAFT)
    extend_refused: str = ""
    last_step: str = ""
    kept_for: tuple[str, str] | None = None

    def show_canvas(self, mode: str = MASK) -> None:
        """Show the canvas in this mode in place of a result."""
        self.mode, self.shows_result = mode, False

    def move_parent(self, before: str, after: str) -> None:
        """Let the parent output hold for the image (SHA-256) that an image was made into."""
        if self.parent is not None and self.parent[1] == before:
            self.parent = self.parent[0], after


@dataclass(frozen=True)
class MaskRefusal:
    """Why a given mask cannot be used as it is.

    `scaled` is the SHA-256 of the same mask at the image's size, if scaling is all it takes.
    """

    message: str
    scaled: str | None = None


@dataclass
class MaskState:
    """What is known of the masks, by the SHA-256 of the image beneath.

    `refused` are masks that were given and cannot be used as they are; `confirmed` says for which state of its mask
    the whole image may change; `checked` is a state of the mask and what is wrong with it. `missing` says why the
    mask of a loaded run is missing, until it is known for which image. `is_decided`: a button was pressed, so the
    form is to be read again. `uploaded` is the id of the file that was used last, `suggested_brush` the size in
    pixels that was chosen for a person.
    """

    refused: dict[str, MaskRefusal] = field(default_factory=dict)
    confirmed: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    checked: dict[str, tuple[Step, str | None]] = field(default_factory=dict)
    missing: str = ""
    is_decided: bool = False
    uploaded: str = ""
    suggested_brush: int | None = None
