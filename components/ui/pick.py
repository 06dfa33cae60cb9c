"""Takes pictures from earlier runs into a tray, and shows the chain of edits that led to a run."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.library import StoredOutput
from components.parameters import InputImage
from components.runs import RunView
from components.ui.address import show_run
from components.ui.strips import Small, draw_row, thumb_of
from components.ui.workbench import workbench

OFFERED = 24
LONGEST_CHAIN = 20
PIXELS = frozenset({"png", "jpeg", "webp"})


def output_as_input(output: StoredOutput) -> InputImage | None:
    """An output as a picture that goes in, kept as such in the library; None when its file is gone or no pixels."""
    library = workbench().library
    path = library.file("original", output.sha256)
    if path is None or output.format not in PIXELS:
        return None
    name = f"{output.id}.{path.suffix.lstrip('.')}"
    kind = f"image/{output.format}"
    return library.keep_input(
        InputImage(path, name, kind, output.width, output.height, output.bytes, output.sha256, output.has_alpha)
    )


def draw_picks(operation: str, put: Callable[[InputImage], None]) -> None:
    """A button that opens the newest pictures of the library; a click puts one into the tray."""
    with st.popover(
        "From earlier runs", icon=":material/photo_library:", key=f"picks.{operation}", on_change="rerun"
    ) as panel:
        if not panel.open:
            return
        library = workbench().library
        covers = [run.cover for run in library.recent(limit=OFFERED * 2) if run.cover and run.cover.format in PIXELS]
        if not covers:
            st.caption("There is no picture yet. What you generate or edit is offered here.")
            return

        def picked(output_id: str) -> None:
            output = library.output(output_id)
            image = output_as_input(output) if output is not None else None
            if image is not None:
                put(image)

        draw_row(
            f"picks.strip.{operation}",
            [
                Small(cover.id, f"Add this picture, {cover.width}x{cover.height}", thumb_of(cover))
                for cover in covers[:OFFERED]
            ],
            picked,
        )


def chain(view: RunView) -> list[RunView]:
    """The runs that led to this one, each edited from an output of the one before, oldest first, this one last."""
    bench = workbench()
    found = [view]
    while found[0].parent_output and len(found) < LONGEST_CHAIN:
        output = bench.library.output(found[0].parent_output)
        if output is None or output.sha256 not in {
            one.sha256 for one in bench.library.inputs(found[0].id).get("image", ())
        }:
            break  # it is of the same family, but not made from that picture
        before = bench.runner.view(output.run_id)
        if before is None or before.id in {one.id for one in found}:
            break
        found.insert(0, before)
    return found


def draw_chain(view: RunView) -> None:
    """The steps of a chain of edits as small pictures; nothing where there was one step only."""
    steps = chain(view)
    if len(steps) < 2:
        return

    def opened(run_id: str) -> None:
        step = next((one for one in steps if one.id == run_id), None)
        if step is not None and step.operation == view.operation:
            show_run(step.id)

    st.subheader("Steps")
    draw_row(
        f"chain.{view.operation}",
        [
            Small(
                step.id,
                f"Step {place}: {step.prompt[:120]}",
                thumb_of(step.images[0] if step.images else None),
                step.state,
                step.id == view.id,
            )
            for place, step in enumerate(steps, 1)
        ],
        opened,
    )
