"""The mask over the first picture: tools above, then the canvas, then what the mask is and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st
from PIL import Image

from components.images import mask_work as work
from components.images.masks import mask_from_drawing
from components.images.opening import KNOWN_PIXELS, decode
from components.parameters import InputImage
from components.ui.drawing import Drawing, Step
from components.ui.easel import LARGEST, MASK_TOOLS, ZOOMS, draw_canvas, drawing_of, step, sync
from components.ui.mask_base import PURPOSE, rebase
from components.ui.mask_sources import draw_refusal, draw_sources
from components.ui.seeding import held
from components.ui.workbench import workbench

# The share that is shown after a stroke is counted on a mask of this width; the mask that is sent is not.
COUNTED_WIDTH = 720
NOTHING = "all may change"
BASE_GONE = (
    "The file that this mask began with is not in the library any more: only what was painted over it counts. "
    "Undo, or paint that part again, before you run."
)
BRUSH = "easel.mask.brush"
FITTED = "easel.mask.fitted"  # the size that was chosen for a person
BRUSHES_ACROSS = 16  # of them fit side by side into the picture

Operation = Callable[[Image.Image, int], Image.Image]

OPERATIONS: Mapping[str, tuple[str, Operation, str]] = {
    "grow": ("Grow", work.grow, "Make the painted area larger all around, by so many pixels of the picture."),
    "shrink": ("Shrink", work.shrink, "Make the painted area smaller all around."),
    "feather": ("Feather", work.feather, "Soften the edge of the painted area over so many pixels."),
}


def _base(drawing: Drawing) -> Image.Image | None:
    if drawing.now.base is None:
        return None
    path = workbench().library.file("input", drawing.now.base)
    if path is None:
        return None
    return decode(path, max_pixels=KNOWN_PIXELS).convert("L")


def base_is_gone(drawing: Drawing) -> bool:
    """Whether the drawing begins with a coverage whose file is missing, so that less is sent than was meant."""
    return drawing.now.base is not None and workbench().library.file("input", drawing.now.base) is None


def coverage(image: InputImage, *, width: int | None = None) -> Image.Image | None:
    """What is painted over a picture: an L image, 255 painted, of its size or `width` pixels wide; None for nothing."""
    drawing = sync(image, PURPOSE)
    if drawing.is_empty:
        return None
    size = (image.width, image.height)
    if width is not None and width < image.width:
        size = (width, max(1, round(image.height * width / image.width)))
    base = _base(drawing)
    if base is not None and base.size != size:
        base = base.resize(size, Image.Resampling.BOX)
    objects, scale = drawing.now.exact
    canvas = (image.width * scale, image.height * scale)
    return mask_from_drawing({"objects": list(objects)}, size, canvas, start=base)


def _trouble(image: InputImage, counted: Image.Image) -> str | None:
    """Why the mask would not do what was meant. What is too fine for the small version of it is looked at whole."""
    trouble = work.trouble_with(counted)
    if trouble and counted.width < image.width and (whole := coverage(image)) is not None:
        return work.trouble_with(whole)
    return trouble


def mask_input(image: InputImage) -> InputImage | None:
    """The mask as it is sent: a PNG of the picture's size, alpha 0 where painted; in the library. None for nothing."""
    painted = coverage(image)
    if painted is None or painted.getextrema() == (0, 0):
        return None
    return workbench().library.keep_input(work.mask_png(painted, workbench().library.scratch))


def _operate(image: InputImage, name: str, key: str) -> None:
    painted = coverage(image)
    if painted is not None:
        rebase(image, OPERATIONS[name][1](painted, int(st.session_state[key])))


def _invert(image: InputImage) -> None:
    painted = coverage(image) or Image.new("L", (image.width, image.height), 0)
    rebase(image, work.invert(painted))


def _all(image: InputImage) -> None:
    rebase(image, work.select_all((image.width, image.height)))


def _clear(image: InputImage) -> None:
    sync(image, PURPOSE)
    drawing = drawing_of(image, PURPOSE)
    drawing.add(Step((), drawing.now.scale, None), load=True)


def draw_mask_panel(image: InputImage) -> None:
    """Tools, canvas and everything beneath it, for a mask over this picture."""
    _draw_tools(image)
    drawing = draw_canvas(image, PURPOSE)
    painted = coverage(image, width=COUNTED_WIDTH)
    share = 0.0 if painted is None else work.share(painted) * 100
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="mask.steps"):
        sent = "sent at full size" if share else NOTHING
        st.markdown(f"**Mask {share:.1f}%** :gray[of {image.width}x{image.height}, {sent}]", width="stretch")
        st.button(
            "Undo",
            icon=":material/undo:",
            key="mask.undo",
            on_click=step,
            args=(image, PURPOSE, -1),
            disabled=not drawing.can_undo,
            help="Ctrl+Z over the picture",
        )
        st.button(
            "Redo",
            icon=":material/redo:",
            key="mask.redo",
            on_click=step,
            args=(image, PURPOSE, 1),
            disabled=not drawing.can_redo,
            help="Ctrl+Shift+Z over the picture",
        )
        st.button(
            "Clear",
            icon=":material/delete_sweep:",
            key="mask.clear",
            on_click=_clear,
            args=(image,),
            disabled=drawing.is_empty,
        )
    with st.container(horizontal=True, gap="small", key="mask.more"):
        st.button("Invert", key="mask.invert", on_click=_invert, args=(image,), help="Swap painted and not painted.")
        st.button("Select all", key="mask.all", on_click=_all, args=(image,))
        _draw_operations(image, drawing)
        draw_sources(image)
    if base_is_gone(drawing):
        st.markdown(f":red[:material/error: {BASE_GONE}]")
    if share and painted is not None and (trouble := _trouble(image, painted)):
        st.markdown(f":orange[:material/warning: {trouble}]")
    draw_refusal()


def _fit_brush(image: InputImage) -> None:
    """A brush that fits the picture, as wide on every screen, until a person chooses another."""
    if st.session_state.get(FITTED) == st.session_state.get(BRUSH):
        st.session_state[FITTED] = st.session_state[BRUSH] = max(2, round(image.width / BRUSHES_ACROSS))


def _draw_tools(image: InputImage) -> None:
    _fit_brush(image)
    st.segmented_control(
        "Tool",
        list(MASK_TOOLS),
        format_func=lambda name: f"{MASK_TOOLS[name].icon} {MASK_TOOLS[name].label}",
        default=held("easel.mask.tool", "brush"),
        required=True,
        key="easel.mask.tool",
        label_visibility="collapsed",
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="small", key="mask.tools"):
        st.number_input(
            "Brush size",
            1,
            LARGEST[PURPOSE],
            value=held(BRUSH, 1),
            step=5,
            key=BRUSH,
            width=150,
            persist_state="session",
            help="In pixels of the picture. Over the picture, the keys [ and ] change it, Shift makes a stroke "
            "straight, and the space bar moves what is zoomed.",
        )
        st.segmented_control(
            "Zoom", ZOOMS, default="Fit", required=True, key="easel.mask.zoom", persist_state="session"
        )
        st.color_picker("Colour", "#e0245e", key="easel.mask.colour", persist_state="session")


def _draw_operations(image: InputImage, drawing: Drawing) -> None:
    with st.popover("Grow, shrink, feather", disabled=drawing.is_empty, key="mask.operations"):
        key = "mask.amount"
        st.slider("Pixels of the picture", 1, 100, 8, key=key, persist_state="session")
        for name, (label, _, help) in OPERATIONS.items():
            st.button(label, key=f"mask.{name}", on_click=_operate, args=(image, name, key), help=help, width="stretch")
