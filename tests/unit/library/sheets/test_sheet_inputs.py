"""The input images of a sheet stay with it: after a restart, a cleanup, a backup; a missing one is noticed."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from components.library import Library, LibraryUnavailable, check_library, open_library
from components.library.maintenance.backup import back_up
from components.library.maintenance.housekeeping import remove_unused_inputs
from components.library.maintenance.restore import restore
from components.library.records import StoredSheet
from components.library.sheets.sheet_inputs import stored_template
from components.library.sheets.sheet_store import extend_sheet, find_sheet, new_sheet
from components.library.transfer.location import StoreLocation
from components.parameters import InputImage, Inputs
from components.parameters.sheets import SheetTemplate, make_plan
from tests.unit.library.file_places import place_of
from tests.unit.library.library_fixtures import an_input


def an_edit_sheet(library: Library, folder: Path) -> tuple[StoredSheet, SheetTemplate]:
    """Store a sheet of two prompts over two images with a mask; return it and its template."""
    first, second, mask = (an_input(folder, f"{name}.png", seed) for seed, name in enumerate(("a", "b", "mask")))
    template = SheetTemplate(
        "edit",
        "gpt-image-2",
        {"prompt": "A {red|blue} hat"},
        inputs=Inputs((first, second), mask),
        extra={"restore_outside": 8},
    )
    more = {"name": "Hats", "owner": "", "connection_id": "c", "connection_name": "C"}
    sheet = find_sheet(library, new_sheet(library, template, make_plan(template), **more))
    assert sheet is not None
    return sheet, template


def without_paths(inputs: Inputs) -> list[tuple[str, int, InputImage]]:
    """Images by role without their places on the disk."""
    return [(role, place, replace(image, path=Path())) for role, place, image in inputs.by_role]


def test_the_images_are_there_after_a_restart_and_a_cleanup(data_folder: Path, tmp_path: Path) -> None:
    """In their order, with what is kept with each run; files that no sheet or run uses go."""
    library = open_library(data_folder)
    sheet, template = an_edit_sheet(library, tmp_path)
    library.keep_input(an_input(tmp_path, "unused.png", 9))
    assert remove_unused_inputs(library, time.time() + 60) == 1
    library.close()
    library = open_library(data_folder)
    read = stored_template(library, sheet)
    assert without_paths(read.inputs) == without_paths(template.inputs)
    assert read.extra == {"restore_outside": 8}
    assert library.input(template.inputs.images[1].sha256) is not None
    library.close()


def test_a_larger_sheet_keeps_the_images_that_were_added(library: Library, tmp_path: Path) -> None:
    """A third image comes behind the others; those that were there are stored once."""
    sheet, template = an_edit_sheet(library, tmp_path)
    third = an_input(tmp_path, "c.png", 3)
    larger = replace(template, inputs=replace(template.inputs, images=(*template.inputs.images, third)))
    extend_sheet(library, sheet.id, larger, make_plan(larger))
    assert [image.name for image in stored_template(library, sheet).inputs.images] == ["a.png", "b.png", "c.png"]


def test_a_missing_image_is_found_and_never_left_out_silently(library: Library, tmp_path: Path) -> None:
    """Without its mask, a cell that is added would edit the whole image."""
    sheet, template = an_edit_sheet(library, tmp_path)
    assert check_library(library).is_clean
    assert template.inputs.mask is not None
    place_of(library).harm("input", template.inputs.mask.sha256, None)
    (finding,) = check_library(library).findings
    assert (finding.kind, finding.what) == ("no input", f"The input mask.png of sheet {sheet.id} has no file.")
    with pytest.raises(LibraryUnavailable, match="no longer in the library"):
        stored_template(library, sheet)


@pytest.mark.folder
@pytest.mark.sqlite  # `test_backup_places` backs up the other stores
def test_a_backup_has_the_images(library: Library, tmp_path: Path) -> None:
    """A restored library sends the sheet's cells as before."""
    sheet, template = an_edit_sheet(library, tmp_path)
    back_up(StoreLocation(library.folder), tmp_path / "backup")
    restore(tmp_path / "backup", StoreLocation(tmp_path / "restored"))
    restored = open_library(tmp_path / "restored")
    assert without_paths(stored_template(restored, sheet).inputs) == without_paths(template.inputs)
    restored.close()
