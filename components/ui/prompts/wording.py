"""Help with words: a popover beside the prompt that asks the connection's analysis model for another wording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from components.library import StoredOutput
from components.parameters import InputImage, Request, estimate, resolve
from components.parameters.prompts.wording import TASKS, WordingRun, WordingTask
from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.base.run_json import RASTER_FORMATS
from components.ui.forms.checked_form import Form
from components.ui.forms.form import chosen_model, read_form
from components.ui.forms.model_menu import prepare_models
from components.ui.forms.sending.submission import Submission
from components.ui.forms.sending.submit import submit_all
from components.ui.forms.sending.unsent import UNSENT, connection_changed
from components.ui.inputs.image_inputs import input_images
from components.ui.inputs.library_picker import NOT_AN_INPUT, output_as_input
from components.ui.session import connections
from components.ui.session.state import DRAFT, page_state

ANALYZE = "analyze"


@dataclass
class WordingState:
    """The run whose proposals a form shows, and why the last request was not sent."""

    run_id: str = field(default="", metadata=DRAFT)
    failure: str = ""


def draw_wording(form: Form, view: RunView | None) -> None:
    """Draw the popover; `view` is the run on show, whose images can be described as prompts."""
    key = f"{form.operation}.wording"
    with st.popover("Reword", icon=":material/edit_note:", type="tertiary", key=key, on_change="rerun") as panel:
        if not panel.open:
            return
        connection, prompt = connections.in_use(), _prompt(form)
        model, sources = _model(), list(_sources(form.operation, view))
        st.caption(
            f"Ask {escape(model)} of {escape(connection.name)} for another wording. "
            "Your prompt stays as it is until you use a proposal."
            if connection.id != BUILT_IN_ID
            else "The built-in engine rewords by simple rules, not with a model. Connect a server for more. "
            "Your prompt stays as it is until you use a proposal."
        )
        with st.container(horizontal=True, gap="small"):
            for task in TASKS.values():
                if not task.has_image:
                    _draw_task(form.operation, key, task, disabled=not prompt)
        if not prompt:
            st.caption("These need a prompt.")
        if sources:
            st.caption("A prompt that would make an image again:")
            with st.container(horizontal=True, gap="small"):
                for label, image in sources:
                    _draw_task(form.operation, key, TASKS["describe"], label, image)
        else:
            st.caption(f"For a prompt from an image, {_HOW_TO_ADD[form.operation]}.")
        st.caption(escape(_price(prompt, model, is_free=connection.id == BUILT_IN_ID)))


_HOW_TO_ADD = {
    "generate": "show a run with an image here, or add the image on the Edit page",
    "edit": "add an input image, or show a run with an image",
}


def _draw_task(
    operation: str,
    key: str,
    task: WordingTask,
    label: str = "",
    image: InputImage | StoredOutput | None = None,
    *,
    disabled: bool = False,
) -> None:
    st.button(
        label or task.label,
        key=f"{key}.{task.name}.{label}",
        on_click=_pressed,
        args=(operation, key, task, image),
        disabled=disabled,
    )


def _pressed(operation: str, key: str, task: WordingTask, image: InputImage | StoredOutput | None) -> None:
    reports_unavailable(ask)(operation, task, image)
    st.session_state[key] = False  # close the popover: the proposal appears below the prompt


def _prompt(form: Form) -> str:
    return str(form.raw.get("prompt") or "").strip()


def _model() -> str:
    """Return the analysis model of the connection in use, as the Analyze page would choose it."""
    prepare_models(ANALYZE)
    return chosen_model(ANALYZE)


def _sources(operation: str, view: RunView | None) -> Iterator[tuple[str, InputImage | StoredOutput]]:
    """Yield the images that can be described, with their labels: those of the run on show, then the input images."""
    shown = [one for one in view.images if one.role == "image" and one.format in RASTER_FORMATS] if view else []
    yield from _numbered("Result", shown)
    yield from _numbered("Input", input_images(operation))


def _numbered(
    name: str, images: Sequence[InputImage | StoredOutput]
) -> Iterator[tuple[str, InputImage | StoredOutput]]:
    for place, image in enumerate(images, 1):
        yield (f"{name} {place}" if len(images) > 1 else name), image


def _request(task: WordingTask, prompt: str, model: str, images: tuple[InputImage, ...] = ()) -> Request | str:
    """Return the request of a task, or why it cannot be sent."""
    outcome = resolve(ANALYZE, model, task.values(prompt), images=images)
    return outcome if isinstance(outcome, Request) else " ".join(problem.message for problem in outcome)


def _price(prompt: str, model: str, *, is_free: bool) -> str:
    """Return the price of the most expensive task."""
    asked = [_request(task, prompt or "…", model) for task in TASKS.values() if not task.has_image]
    prices = [estimate(one) for one in asked if isinstance(one, Request)]
    highest = max((one.high for one in prices if one.high is not None), default=None)
    if highest is None:
        return next((one.note for one in prices if one.note), f"The price of {model} is not known.")
    start = "Free here. At OpenAI: at" if is_free else "At"
    return f"{start} most {dollars(highest)} for the answer; what is sent comes on top."


def ask(operation: str, task: WordingTask, image: InputImage | StoredOutput | None = None) -> None:
    """Ask for another wording of what is in the form now, or for the prompt of an image; note why if it cannot be."""
    state, prompt = page_state(WordingState, operation), _prompt(read_form(operation))
    connection, model, lost = connections.pressed_for(), _model(), connections.lost()
    given = output_as_input(image) if isinstance(image, StoredOutput) else image
    state.failure = ""
    if lost is not None:
        state.failure = f"{lost} is not available in this session. Choose a connection below. {UNSENT}"
    elif connection is None:
        state.failure = connection_changed()
    elif task.has_image and given is None:
        state.failure = f"{NOT_AN_INPUT} {UNSENT}"
    if state.failure or connection is None:
        return
    request = _request(task, prompt, model, (given,) if given is not None else ())
    if isinstance(request, str):
        state.failure = f"{request} {UNSENT}"
        return
    parent = image.id if isinstance(image, StoredOutput) else None
    submission = Submission(connection, request, parent, extra=WordingRun(task, prompt).as_extra())
    # Nothing looks at the session after the run has begun, see `submit_all`.
    state.run_id = "".join(submit_all([submission], shows=False, report=partial(setattr, state, "failure")))
