"""Fill a form from an untrusted recipe, with those of its inputs that this library has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.parameters import OPERATIONS, InputImage, read_recipe
from components.parameters.sheets import sheet_in
from components.ui.process.workbench import workbench
from components.ui.results.actions import load_recipe
from components.ui.session.state import page_state


@dataclass
class SheetOffer:
    """A recipe with a sheet, until somebody says which of the two to fill in; then the note and the page of that.

    `name` is the file or text that the recipe is from, `remark` what of it could not be read.
    """

    recipe: Mapping[str, Any] | None = None
    name: str = ""
    remark: str = ""
    note: str = ""
    page: str = ""

    def answer(self, operation: str, note: str) -> None:
        """Keep the page to open and its note, and drop the recipe: the question is answered."""
        self.note, self.page, self.recipe = with_remark(note, self.remark), operation, None


def with_remark(note: str, remark: str) -> str:
    """Return a note on a filled-in form that says where its remark stands, if it has one."""
    return f"{note} See the remark below the prompt." if remark else note


def offer_sheet(recipe: Any, name: str, remark: str = "") -> bool:
    """Ask the person whether to use the sheet that a recipe carries. Return False if it carries none.

    Raise Invalid for a sheet in what is not a recipe.
    """
    if sheet_in(recipe) is None:
        return False
    read_recipe(recipe)
    offer = page_state(SheetOffer)
    offer.name, offer.remark, offer.recipe = name, remark, recipe
    return True


def fill_from_recipe(data: Any, remark: str = "") -> tuple[str, int]:
    """Fill the form from a recipe. Return its operation and the number of inputs missing in this library.

    `remark` says what of it could not be read. Raise Invalid when `data` is not a recipe.
    """
    operation, raw = read_recipe(data)
    found: dict[str, list[InputImage]] = {}
    missing = 0
    listed = data.get("inputs")
    for one in listed if isinstance(listed, list) else ():
        image = workbench().library.input(str(one.get("sha256"))) if isinstance(one, Mapping) else None
        if image is None:
            missing += 1
        else:
            found.setdefault(str(one.get("role")), []).append(image)
    load_recipe(operation, raw, data, found, remark)
    return operation, missing


def filled_note(operation: str, missing: int, name: str) -> str:
    """Return the sentences for a form that was filled in: from what, and how many inputs to add again."""
    note = f"{OPERATIONS[operation].label} is filled in from {name}."
    if missing:
        count = "1 input image is" if missing == 1 else f"{missing} input images are"
        note += f" {count} not in this library; add them again."
    return note
