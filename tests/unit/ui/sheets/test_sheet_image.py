"""A sheet as one labeled image, and as an animation along an axis."""

from __future__ import annotations

import io

from PIL import Image, ImageSequence

from components.images.contact_sheet import FRAME_MS, MAX_PIXELS, SheetGrid, Tile, animated_sheet
from components.library import Library
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_store import find_sheet
from components.ui.sheets.downloads.sheet_image import animation, labeled_image
from tests.unit.library.sheet_fixtures import filled_sheet


def test_an_animation_has_a_frame_for_each_value(library: Library) -> None:
    """Three colors by two qualities: two frames of three tiles along quality, three of two along the prompt."""
    sheet_id, _ = filled_sheet(library)
    sheet, cells = find_sheet(library, sheet_id), cells_of(library, sheet_id)
    assert sheet is not None
    shapes = []
    for axis in (0, 1):
        with Image.open(io.BytesIO(animation(library, sheet, cells, axis))) as found:
            frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(found)]
            assert found.info["duration"] == FRAME_MS
        assert len({frame.tobytes() for frame in frames}) == len(frames)
        shapes.append((len(frames), frames[0].size))
    assert [count for count, _ in shapes] == [3, 2]
    assert shapes[0][1][0] < shapes[1][1][0]
    with Image.open(io.BytesIO(labeled_image(library, sheet, cells))) as complete:
        assert complete.size[1] > shapes[1][1][1]


def test_an_animation_of_many_frames_has_small_tiles() -> None:
    """200 frames of 4 tiles stay within the budget of pixels."""
    grid = SheetGrid("1", ["a", "b"], ["c", "d"], [[Tile(None, "x")] * 2] * 2)
    with Image.open(io.BytesIO(animated_sheet([grid] * 200))) as found:
        assert found.size[0] * found.size[1] * 200 <= MAX_PIXELS
