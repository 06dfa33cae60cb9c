"""The masks that were used last."""

from __future__ import annotations

from pathlib import Path

from components.library import Library, open_library
from components.library.queries.masks import recent_masks
from tests.unit.library.library_fixtures import an_input, ask


def edit(library: Library, folder: Path, number: int, *, mask: int | None, image: int = 1) -> None:
    """Insert an edit of an image, with or without a mask, `number` seconds after the first."""
    request = ask(
        images=(an_input(folder, "a.png", image), an_input(folder, "b.png", 9)),
        mask=None if mask is None else an_input(folder, "mask.png", mask),
        prompt=f"edit {number}",
    )
    library.begin_run(f"r{number}", request, connection_id="c", connection_name="C", created=float(number))


def test_recent_masks(data_folder: Path, tmp_path: Path) -> None:
    """Each mask once, newest first, with the first image and the prompt of its newest run."""
    library = open_library(data_folder)
    assert recent_masks(library) == []
    library.begin_run("g", ask(), connection_id="c", connection_name="C")
    for number, (mask, image) in enumerate([(5, 1), (6, 2), (None, 3), (5, 3)]):
        edit(library, tmp_path, number, mask=mask, image=image)
    found = recent_masks(library)
    assert [(one.prompt, one.created) for one in found] == [("edit 3", 3.0), ("edit 1", 1.0)]
    inputs = library.inputs("r3")
    assert (found[0].sha256, found[0].image_sha256) == (inputs["mask"][0].sha256, inputs["image"][0].sha256)
    assert (found[0].width, found[0].height) == (40, 30)
    assert recent_masks(library, limit=1) == found[:1]
    library.close()
