"""Pick input images from earlier runs."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.images.intake.intake import ImageRefused, take_in
from components.library import StoredOutput
from components.library.queries.pages import Filter, page
from components.library.request_inputs import still_as_input
from components.parameters import InputImage
from components.ui.base.run_json import RASTER_FORMATS
from components.ui.base.thumbnail_row import Thumbnail, draw_row, thumb_of
from components.ui.process.workbench import workbench

PICKABLE_COUNT = 24
NOT_AN_INPUT = "This cannot be an input: it is an SVG, which has no pixels, or its file is missing."


def output_as_input(output: StoredOutput) -> InputImage | None:
    """Return an output as an input image kept in the library; of an animation, its first frame.

    Return None if its file is missing or has no pixels.
    """
    bench = workbench()
    library = bench.library
    if output.format != "gif":
        return still_as_input(library, output)
    if (path := library.file("original", output.sha256)) is None:
        return None
    try:
        found = take_in(f"{output.id}.gif", path, library.staging, max_pixels=bench.settings.max_pixels)
    except ImageRefused:
        return None
    return library.keep_input(found.image)


def pickable_outputs() -> list[StoredOutput]:
    """Return the newest outputs of the library that can be input images."""
    newest = page(workbench().library, Filter(), limit=PICKABLE_COUNT * 2).runs
    return [one for found in newest for one in found.outputs if one.format in RASTER_FORMATS][:PICKABLE_COUNT]


def draw_picker_button(operation: str, put: Callable[[InputImage], None]) -> None:
    """Draw a button that opens the newest images of the library; a click adds one."""
    with st.popover(
        "From earlier runs", icon=":material/photo_library:", key=f"picks.{operation}", on_change="rerun"
    ) as panel:
        if not panel.open:
            return
        outputs = pickable_outputs()
        if not outputs:
            st.caption("No images yet. Images you generate or edit appear here.")
            return

        def picked(output_id: str) -> None:
            output = workbench().library.output(output_id)
            image = output_as_input(output) if output is not None else None
            if image is not None:
                put(image)

        draw_row(
            f"picks.strip.{operation}",
            [Thumbnail(one.id, f"Add this image, {one.width}x{one.height}", thumb_of(one)) for one in outputs],
            picked,
            many=True,
        )
        st.caption("Older images are in the Library; open one there to use it here.")
