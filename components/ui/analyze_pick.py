"""Takes pictures that earlier runs made into a tray, without a way over files."""

from __future__ import annotations

import streamlit as st

from components.library import LibraryUnavailable, StoredOutput
from components.parameters import InputImage
from components.ui.run_json import extension
from components.ui.tray import put_image
from components.ui.workbench import workbench

SHOWN = 12
COLUMNS = 3
TAKEN = frozenset({"png", "jpeg", "webp"})


def output_image(output: StoredOutput) -> InputImage | None:
    """An output as a picture that goes in; None where its file is gone or its format cannot be sent."""
    library = workbench().library
    path = library.file("original", output.sha256)
    if path is None or output.format not in TAKEN:
        return None
    name = f"{output.run_id[-6:]}-{output.index + 1}.{extension(output.format)}"
    image = InputImage(
        path,
        name,
        f"image/{output.format}",
        output.width,
        output.height,
        output.bytes,
        output.sha256,
        output.has_alpha,
    )
    try:
        return library.keep_input(image)
    except LibraryUnavailable:
        return None


def _take(operation: str, output: StoredOutput) -> None:
    image = output_image(output)
    if image is not None:
        put_image(operation, image)


def draw_library_pick(operation: str) -> None:
    """A button that opens the newest pictures of the library; each can be added with a click."""
    with st.popover(
        "From the library", icon=":material/photo_library:", key=f"pick.{operation}", on_change="rerun"
    ) as p:
        if not p.open:
            return
        library = workbench().library
        newest = [
            output
            for run in library.recent(limit=SHOWN * 2)
            if run.cover is not None
            for output in library.outputs(run.id)
            if output.format in TAKEN
        ][:SHOWN]
        if not newest:
            st.caption("Nothing was made here yet. Pictures from Generate and Edit appear here.")
        for start in range(0, len(newest), COLUMNS):
            columns = st.columns(COLUMNS, gap="small", wrap=False)
            for column, output in zip(columns, newest[start : start + COLUMNS], strict=False):
                with column:
                    path = library.file("thumbnail", output.sha256)
                    if path is not None:
                        st.image(str(path), width="stretch")
                    st.button("Add", key=f"pick.{operation}.{output.id}", on_click=_take, args=(operation, output))
