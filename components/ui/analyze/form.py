"""The Analyze page's form: the registry's parameters, the shape of the answer, and together or separately."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from components.client import Connection
from components.parameters import Group, Images, Invalid, Request, estimate, find_model
from components.settings import BUILT_IN_ID
from components.ui.analyze.checklist import CHECKLIST_SCHEMA, DEFAULT, checklist_question, checks_of
from components.ui.analyze.downscale import count_oversized
from components.ui.analyze.page_state import AS_IS, CHECKS, FIELDS, SHAPE, SPREAD
from components.ui.analyze.structured import schema_of
from components.ui.analyze.url_previews import draw_urls
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.forms.checked_form import Form
from components.ui.forms.form import draw_group, fill, form_values, read_form
from components.ui.forms.form_state import FormState
from components.ui.forms.model_menu import draw_connection_and_model
from components.ui.forms.options import draw_option_panel
from components.ui.forms.problems import draw_problems
from components.ui.inputs.framing.dialog import draw_input_tools
from components.ui.inputs.image_inputs import draw_image_inputs, input_images
from components.ui.results.form_status import draw_remark
from components.ui.session.state import page_state
from components.ui.session.widget_sync import held

OPERATION = "analyze"
WORDS, DATA, CHECKLIST = "In words", "As data", "Checklist"
TOGETHER, SEPARATELY = "All together", "Each separately"
TOKENS_FOR_ONE = 300  # default limit for the description of one image
QUESTION, MODEL = frozenset({"text"}), frozenset({"model"})

DETAIL: Mapping[str, str] = {
    "auto": "The model decides how closely to look.",
    "low": "A small copy: fastest and cheapest, enough for an overview.",
    "high": "In tiles: reads text and small details, for more tokens and time.",
    "original": "At full size: sees the most, for the most tokens and time.",
}
FIELDS_HELP = (
    "One field per line, with an optional type after a colon (text, number, integer, yes/no, list) and a note in "
    "parentheses; or a JSON schema. The answer is checked against it."
)


def read_analyze(**_: Any) -> Form:
    """Read and check the form, and add the schema of the chosen answer shape to its request."""
    form = read_form(OPERATION, images=input_images(OPERATION))
    chosen = shape()
    if chosen == WORDS:
        return form
    name = "fields" if chosen == DATA else "checks"
    try:
        schema = schema_of(_text(FIELDS)) if chosen == DATA else dict(CHECKLIST_SCHEMA)
        checks = checks_of(_text(CHECKS, DEFAULT)) if chosen == CHECKLIST else ()
    except Invalid as refusal:
        return dataclasses.replace(form, request=None, problems={**form.problems, name: (refusal.message,)})
    if form.request is None:
        return form
    return dataclasses.replace(form, request=_shaped(form.request, schema, checks))


def _shaped(request: Request, schema: dict[str, Any], checks: tuple[str, ...]) -> Request:
    values = {**request.values, "schema": schema}
    if checks:
        # The checklist replaces the question; a question other than the default is added as a note.
        default_question = next(one.default for one in request.parameters if one.name == "text")
        note = str(request.values["text"])
        values["text"] = checklist_question(checks, "" if note == default_question else note)
    return dataclasses.replace(request, values=values)


def shape() -> str:
    """Return the chosen shape of the answer."""
    return str(st.session_state.get(SHAPE) or WORDS)


def spread() -> str:
    """Return whether to ask about the images together or separately. A checklist is always separate."""
    return SEPARATELY if shape() == CHECKLIST else str(st.session_state.get(SPREAD) or TOGETHER)


def form_extra() -> dict[str, Any]:
    """Return what a run stores of the form besides its request: shape, fields, checklist, question."""
    extra: dict[str, Any] = {"shape": shape()}
    if shape() == DATA:
        extra["fields"] = _text(FIELDS)
    if shape() == CHECKLIST:
        extra["checks"] = list(checks_of(_text(CHECKS, DEFAULT)))
        extra["question"] = str(form_values(OPERATION).get("text") or "")
    return extra


def _text(key: str, default: str = "") -> str:
    value = st.session_state.get(key)
    return default if value is None else str(value)


def draw_form(form: Form) -> Connection:
    """Draw the form above the button, the question first. Return the connection in use."""
    draw_group(form, Group.MAIN, only=QUESTION)
    draw_remark(OPERATION)
    image_area = st.container()  # filled below: warnings about addresses depend on the connection
    connection = draw_connection_and_model(form)
    with image_area:
        draw_group(form, Group.MAIN, skip=QUESTION | MODEL)
        if form.raw.get("input_type") == "urls":
            draw_urls(form, connection)
        elif form.raw.get("input_type") != "none":
            draw_image_inputs(OPERATION, label="Image(s)", help=form.help("image"), limit=_limit(form))
            draw_problems(form, "image")
            _draw_smaller(form)
            draw_input_tools(OPERATION)
    _draw_shape(form)
    # A table shows only answers, so Simplify would change nothing.
    hidden = frozenset({"simplify"}) if spread() == SEPARATELY else frozenset()
    draw_option_panel(form, Group.OPTIONS, partial(_draw_options, form, hidden), skip=hidden)
    _draw_more_tokens(form)
    return connection


def _draw_options(form: Form, hidden: frozenset[str]) -> None:
    draw_group(form, Group.OPTIONS, only=frozenset({"detail"}))
    st.caption(DETAIL.get(str(form.raw.get("detail")), ""))
    draw_group(form, Group.OPTIONS, skip=frozenset({"detail"}) | hidden)
    if form.raw.get("input_type") != "urls":
        st.toggle(
            "Send as is",
            value=bool(held(AS_IS, False)),
            key=AS_IS,
            persist_state="session",
            help="Send the exact bytes. Otherwise images larger than the chosen detail can use are downscaled to save "
            "time.",
        )


def _draw_more_tokens(form: Form) -> None:
    """Offer a higher token limit when several images share one answer that may be cut off."""
    if form.request is None or spread() != TOGETHER:
        return
    count = len(form.request.images) or len(form.request.values.get("image_urls") or ())
    limit, enough = int(form.request.values["max_output_tokens"]), TOKENS_FOR_ONE * count
    if count < 2 or limit >= enough:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="analyze.longer"):
        st.caption(f"One answer of at most {limit:,} tokens for {count} images may be cut off.", width="stretch")
        st.button(
            f"Allow {enough:,} tokens",
            key="analyze.allow_more",
            on_click=deferred(fill),
            args=(OPERATION, {"max_output_tokens": enough}),
            help=f"{TOKENS_FOR_ONE} for each image. Only used tokens are billed.",
        )


def draw_separate_price(form: Form, connection: Connection) -> None:
    """Draw the number of runs and the highest total price when asking about each image separately."""
    if form.request is None or spread() != SEPARATELY:
        return
    count = len(form.request.images) or len(form.request.values.get("image_urls") or ())
    most = estimate(form.request).high
    if count > 1:
        price = (
            "" if most is None or connection.id == BUILT_IN_ID else f", at most {dollars(most * count)} for the answers"
        )
        st.caption(escape(f"{count} images, one run for each{price}."))


def _draw_smaller(form: Form) -> None:
    count = count_oversized(input_images(OPERATION), form.raw.get("detail"))
    if count and not st.session_state.get(AS_IS):
        what = "1 image is" if count == 1 else f"{count} images are"
        st.caption(
            f"{what} larger than detail {form.raw.get('detail')} can use and will be downscaled. "
            "To send exact bytes, turn on Send as is in the options."
        )


def _limit(form: Form) -> int:
    kind = find_model(form.model, OPERATION).family.kinds.get("image")
    return kind.maximum if isinstance(kind, Images) else 1


def _persistent(draw: Callable[..., Any], label: str, key: str, start: Any, **more: Any) -> None:
    if st.session_state.get(key) is None:
        st.session_state[key] = start
    # The widget needs its default as well, see seeding.py: `default` for segments, `value` for text.
    parameter = "default" if "options" in more else "value"
    draw(label, key=key, persist_state="session", **{parameter: st.session_state[key]}, **more)


def _draw_shape(form: Form) -> None:
    segments = partial(st.segmented_control, required=True, width="stretch")
    _persistent(
        segments,
        "Answer",
        SHAPE,
        WORDS,
        options=[WORDS, DATA, CHECKLIST],
        help="In words; as data with the fields you name; or a checklist whose points pass or fail, with reasons.",
    )
    if shape() == DATA:
        _persistent(
            st.text_area,
            "Fields or JSON schema",
            FIELDS,
            "",
            height=110,
            help=FIELDS_HELP,
            placeholder="subject\nprice: number\ncolors: list (the three main ones)",
        )
        _draw_shape_problems(form, "fields")
    if shape() == CHECKLIST:
        _persistent(st.text_area, "Points to check", CHECKS, DEFAULT, height=110, help="One question per line.")
        _draw_shape_problems(form, "checks")
        return
    _persistent(
        segments,
        "Images",
        SPREAD,
        TOGETHER,
        options=[TOGETHER, SEPARATELY],
        help="All together: one question about all images. Each separately: the same question about each image, "
        "answers in a table.",
    )


def _draw_shape_problems(form: Form, name: str) -> None:
    key = FIELDS if name == "fields" else CHECKS
    if form.problems.get(name) and _text(key).strip():
        page_state(FormState, OPERATION).touched.add(name)  # report invalid input at once, not only after the button
    draw_problems(form, name)
