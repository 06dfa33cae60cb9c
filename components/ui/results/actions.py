"""What leads on from a run or a picture: run it again, change it, edit, analyze or use what came.

Each fills a page in with everything, pictures and mask too. Whoever calls it goes to that page afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.client.recurring import recurs
from components.library import StoredOutput
from components.parameters import OPERATIONS, InputImage, Request, resolve
from components.runs import RunView
from components.runs.mask_compare import KEPT_OUTSIDE
from components.ui.analyze import submit as analyze_submit
from components.ui.analyze.form import OPERATION as ANALYZE
from components.ui.edit.form import (
    ASIDE,
    MARKUP,
    OPERATION,
    RESULT_SHOWN,
    edit_this,
    keep_as_asked,
    nothing_drawn,
    show_easel,
)
from components.ui.edit.markup_panel import set_markup
from components.ui.edit.mask_check import owe_mask
from components.ui.edit.mask_sources import set_mask
from components.ui.forms import form
from components.ui.forms.parent_tracking import ANALYZED, note_origin
from components.ui.forms.submit import Submission, submit_all
from components.ui.inputs.image_inputs import put_image, replace_images, tray_images
from components.ui.inputs.library_picker import output_as_input
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.address import forget_run


def request_of(view: RunView) -> Request | None:
    """What a run asked for, once more, with its inputs; None when its values are not accepted any more.

    A recipe names no person, so "User" is whoever runs it now.
    """
    if view.operation == ANALYZE:
        return analyze_submit.request_of(view)
    found = workbench().library.inputs(view.id)
    if missing_roles(view.asked, found):
        return None  # with less than was sent, another thing would be asked for
    outcome = resolve(
        view.operation,
        view.model,
        {"model": view.model, **view.asked.get("values", {}), "user": form.wishes(view.operation).get("user") or ""},
        images=tuple(found.get("image", ())),
        mask=next(iter(found.get("mask", ())), None),
        markup=next(iter(found.get("markup", ())), None),
    )
    return outcome if isinstance(outcome, Request) else None


def missing_roles(asked: Mapping[str, Any], found: Mapping[str, list[InputImage]]) -> frozenset[str]:
    """The roles ("image", "mask", "markup") of a recipe's inputs of which not all are in the library."""
    listed = asked.get("inputs")
    roles = [str(one.get("role")) for one in (listed if isinstance(listed, list) else ()) if isinstance(one, Mapping)]
    return frozenset(role for role in roles if len(found.get(role, ())) < roles.count(role))


def run_again(view: RunView) -> None:
    """The same request once more, as a new run, by the connection that it went to.

    Where it cannot be put any more, such as when a picture that went in is gone, its form is filled in instead and
    says what is missing.
    """
    order = order_of(view)
    if order is None:
        load_run(view)
        st.session_state[f"attempted.{view.operation}"] = True
        return
    submit_all([order])


def draw_run_again(view: RunView) -> None:
    """The button that runs the same request once more; nothing where it would be refused again."""
    if recurs(view.error):
        return
    st.button(
        "Run again",
        icon=":material/replay:",
        key=f"again.{view.operation}",
        on_click=run_again,
        args=(view,),
        help="The same request once more, as a new run.",
    )


def order_of(view: RunView) -> Submission | None:
    """A run's request once more, with its inputs, by its connection; None when it is not accepted any more."""
    if view.operation == ANALYZE:
        return analyze_submit.order_of(view)
    request = request_of(view)
    if request is None:
        return None
    return Submission(
        connections.of_run(view.connection_id),
        request,
        view.parent_output,
        extra=view.extra,
        instead_of=connections.instead_of(view.connection_id, view.connection_name),
    )


def load_run(view: RunView, output_id: str | None = None) -> None:
    """Fill the page with everything that a run was asked: connection, values, pictures, mask, markup.

    What is run next from it is of its family; `output_id` says of which of its pictures.
    """
    connections.follow_run(view.connection_id)
    if view.operation == ANALYZE:
        analyze_submit.load(view)
        return
    user = form.wishes(view.operation).get("user")
    form.wishes(view.operation).clear()
    form.fill(view.operation, {"model": view.model, "user": user or "", **view.asked.get("values", {})})
    note_origin(view, output_id, loaded=True)
    if view.operation != OPERATION:
        return
    extra = view.extra or {}
    st.session_state.pop(ASIDE, None)
    show_easel()
    replace_images(OPERATION, ())
    fill_inputs(OPERATION, workbench().library.inputs(view.id), view.asked, extra.get("markup"))
    keep_as_asked(extra.get(KEPT_OUTSIDE))


def fill_inputs(
    operation: str,
    found: Mapping[str, list[InputImage]],
    asked: Mapping[str, Any],
    drawing: Mapping[str, Any] | None = None,
) -> None:
    """Put images that went in into the tray, and a mask, or markup as it was drawn, over the first of them.

    A mask or markup that the recipe `asked` names and that is missing, or that may belong to an image that is
    missing, is told of: without it the whole image would be edited.
    """
    forget_run(operation)
    images, missing = found.get("image", []), missing_roles(asked, found)
    if images or operation == OPERATION:
        replace_images(operation, images)
    if operation != OPERATION:
        return
    for image in images[:1]:
        nothing_drawn(image)
    show_easel()
    overlays = {"mask", "markup"} & (missing | frozenset(found))
    if overlays and (missing or not images):
        what = " and ".join(sorted(overlays))
        owe_mask(f"The {what} of this edit cannot be laid over the image: a file that went in is not in this library.")
        return
    for mask in found.get("mask", ())[:1]:
        set_mask(images[0], mask)
    if found.get("markup"):
        if drawing:
            set_markup(images[0], drawing)
            show_easel(MARKUP)
        else:
            owe_mask("The markup of this edit was not kept as a drawing. Draw it again under Markup.")


def _edit(output: StoredOutput, image: InputImage) -> None:
    edit_this(output.id, image)


def _analyze(output: StoredOutput, image: InputImage) -> None:
    replace_images(ANALYZE, [image])
    form.fill(ANALYZE, {"input_type": "files"})  # a page that asks for addresses would not show it
    st.session_state[ANALYZED] = (output.id, image.sha256)


def _add(output: StoredOutput, image: InputImage) -> None:
    if image.sha256 not in {one.sha256 for one in tray_images(OPERATION)}:
        put_image(OPERATION, image)
    st.session_state[RESULT_SHOWN] = False


@dataclass(frozen=True)
class NextStep:
    """One way on from a picture: the page it goes to and what it puts in there."""

    label: str
    icon: str
    page: str
    put: Callable[[StoredOutput, InputImage], None]
    help: str


OF_PICTURES = (
    NextStep("Edit this", ":material/brush:", "edit", _edit, "As the picture to edit, with an empty mask."),
    NextStep("Analyze this", ":material/visibility:", "analyze", _analyze, "Ask a question about it."),
    NextStep(
        "Use as extra input", ":material/add_photo_alternate:", "edit", _add, "Beside the pictures of the Edit page."
    ),
)


def follow(lead: NextStep, output: StoredOutput) -> bool:
    """Put an output in where a lead goes; False where it cannot go in, such as an SVG."""
    image = output_as_input(output)
    if image is None:
        return False
    lead.put(output, image)
    return True


def put_all(operation: str, output_ids: Sequence[str]) -> bool:
    """Fill the pictures of the Edit or Analyze page with these outputs, each once; False where none can go in."""
    library = workbench().library
    outputs = [output for one in output_ids if (output := library.output(one)) is not None]
    found = [(output, image) for output in outputs if (image := output_as_input(output)) is not None]
    for place, (output, image) in enumerate(found):
        if place == 0:
            (_edit if operation == OPERATION else _analyze)(output, image)
        elif image.sha256 not in {one.sha256 for one in tray_images(operation)}:
            put_image(operation, image)
    return bool(found)


def page_of(operation: str) -> str:
    """The page of an operation, as `st.switch_page` wants it."""
    assert operation in OPERATIONS
    return f"../../pages/{operation}.py"
