"""The Analyze page's form: the registry's, and around it how the question is put and in what shape it is answered."""

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
from components.ui.analyze.downscale import too_large
from components.ui.analyze.structured import schema_of
from components.ui.analyze.url_previews import draw_urls
from components.ui.base.markdown_text import escape
from components.ui.base.money import dollars
from components.ui.forms.form import Form, draw_group, draw_problems, fill, option_names, read_form, wishes
from components.ui.forms.model_menu import draw_model
from components.ui.inputs.image_inputs import draw_image_inputs, input_images, put_image
from components.ui.inputs.library_picker import draw_picker_button
from components.ui.session import connections
from components.ui.session.widget_sync import held

OPERATION = "analyze"
SHAPE, SPREAD, FIELDS, CHECKS, AS_IS = (f"analyze.{name}" for name in ("shape", "spread", "fields", "checks", "as_is"))
WORDS, DATA, CHECKLIST = "In words", "As data", "Checklist"
TOGETHER, SEPARATELY = "All together", "Each separately"
TOKENS_FOR_ONE = 300  # what a description of one image is given by default
QUESTION, MODEL = frozenset({"text"}), frozenset({"model"})

DETAIL: Mapping[str, str] = {
    "auto": "The model decides how closely to look.",
    "low": "One quick look at a small copy: the fastest and cheapest, enough for what a picture is about.",
    "high": "Looks at it in tiles: reads text and sees small things, for more tokens and time.",
    "original": "Looks at the picture at its own size: sees the most, for the most tokens and time.",
}
FIELDS_HELP = (
    "One field a line; a type may follow a colon (text, number, integer, yes/no, list), a note stand in brackets. Or a "
    "whole JSON schema. The answer is checked against it."
)


def read_analyze(**_: Any) -> Form:
    """Check what is in the form, and put its question into the shape that was chosen."""
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
        # The list stands for the question; what was written there beside the usual one is a note to it.
        usual = next(one.default for one in request.parameters if one.name == "text")
        note = str(request.values["text"])
        values["text"] = checklist_question(checks, "" if note == usual else note)
    return dataclasses.replace(request, values=values)


def shape() -> str:
    """In which shape the answer is wanted."""
    return str(st.session_state.get(SHAPE) or WORDS)


def spread() -> str:
    """Whether the pictures are asked about together or one by one. A checklist is always one by one."""
    return SEPARATELY if shape() == CHECKLIST else str(st.session_state.get(SPREAD) or TOGETHER)


def asked_more() -> dict[str, Any]:
    """What a run keeps of the form beside its request: the question as written and the shape of the answer."""
    more: dict[str, Any] = {"shape": shape()}
    if shape() == DATA:
        more["fields"] = _text(FIELDS)
    if shape() == CHECKLIST:
        more["checks"] = list(checks_of(_text(CHECKS, DEFAULT)))
        more["question"] = str(wishes(OPERATION).get("text") or "")
    return more


def _text(key: str, default: str = "") -> str:
    value = st.session_state.get(key)
    return default if value is None else str(value)


def draw_form(form: Form) -> Connection:
    """Draw the form above the button, the question first; gives the connection in use."""
    draw_group(form, Group.MAIN, only=QUESTION)
    pictures = st.container()  # filled in below, since what is said of addresses depends on the connection
    connection = connections.connection_picker()
    draw_model(form, connection)
    with pictures:
        draw_group(form, Group.MAIN, skip=QUESTION | MODEL)
        if form.raw.get("input_type") == "urls":
            draw_urls(form, connection)
        else:
            draw_image_inputs(OPERATION, label="Image(s)", help=form.help("image"), limit=_limit(form))
            draw_problems(form, "image")
            _draw_smaller(form)
            draw_picker_button(OPERATION, partial(put_image, OPERATION))
    _draw_shape(form)
    # A table shows answers alone, so there is nothing that it could leave simple or not.
    hidden = frozenset({"simplify"}) if spread() == SEPARATELY else frozenset()
    names = option_names(form, Group.OPTIONS, skip=hidden)
    with st.expander(f"More options  :gray[{names}]", key=f"{OPERATION}.options"):
        draw_group(form, Group.OPTIONS, only=frozenset({"detail"}))
        st.caption(DETAIL.get(str(form.raw.get("detail")), ""))
        draw_group(form, Group.OPTIONS, skip=frozenset({"detail"}) | hidden)
        if form.raw.get("input_type") != "urls":
            st.toggle(
                "Send as is",
                value=bool(held(AS_IS, False)),
                key=AS_IS,
                persist_state="session",
                help="Pictures larger than the chosen detail can use are sent smaller, to save time. This turns it "
                "off: their exact bytes are sent.",
            )
    _draw_more_tokens(form)
    return connection


def _draw_more_tokens(form: Form) -> None:
    """Offer a longer answer before it is sent, where several images share one that would be cut off."""
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
            on_click=fill,
            args=(OPERATION, {"max_output_tokens": enough}),
            help=f"{TOKENS_FOR_ONE} for each image. Only what the answer really takes is billed.",
        )


def draw_each_price(form: Form, connection: Connection) -> None:
    """What asking about each picture separately costs in all."""
    if form.request is None or spread() != SEPARATELY:
        return
    count = len(form.request.images) or len(form.request.values.get("image_urls") or ())
    most = estimate(form.request).high
    if count > 1:
        price = (
            "" if most is None or connection.id == BUILT_IN_ID else f", at most {dollars(most * count)} for the answers"
        )
        st.caption(escape(f"{count} pictures, one run for each{price}."))


def _draw_smaller(form: Form) -> None:
    count = too_large(input_images(OPERATION), form.raw.get("detail"))
    if count and not st.session_state.get(AS_IS):
        what = "1 picture is" if count == 1 else f"{count} pictures are"
        st.caption(
            f"{what} larger than detail {form.raw.get('detail')} can use and will be sent smaller. "
            "Send as is, among the options, turns that off."
        )


def _limit(form: Form) -> int:
    kind = find_model(form.model, OPERATION).family.kinds.get("image")
    return kind.maximum if isinstance(kind, Images) else 1


def _kept(draw: Callable[..., Any], label: str, key: str, start: Any, **more: Any) -> None:
    if st.session_state.get(key) is None:
        st.session_state[key] = start
    # Its own default too, see seeding.py: `default` of segments, `value` of a text.
    own = "default" if "options" in more else "value"
    draw(label, key=key, persist_state="session", **{own: st.session_state[key]}, **more)


def _draw_shape(form: Form) -> None:
    segments = partial(st.segmented_control, required=True, width="stretch")
    _kept(
        segments,
        "Answer",
        SHAPE,
        WORDS,
        options=[WORDS, DATA, CHECKLIST],
        help="In words; as data with the fields you name, checked against them; or a list of points to check, each "
        "passed or not, with the reason.",
    )
    if shape() == DATA:
        _kept(
            st.text_area,
            "Fields or JSON schema",
            FIELDS,
            "",
            height=110,
            help=FIELDS_HELP,
            placeholder="subject\nprice: number\ncolours: list (the three main ones)",
        )
        _draw_shape_problems(form, "fields")
    if shape() == CHECKLIST:
        _kept(st.text_area, "Points to check", CHECKS, DEFAULT, height=110, help="One a line, each a plain question.")
        _draw_shape_problems(form, "checks")
        return
    _kept(
        segments,
        "Pictures",
        SPREAD,
        TOGETHER,
        options=[TOGETHER, SEPARATELY],
        help="All together: one question about all of them. Each separately: the same question to every picture, in "
        "parallel, the answers in a table.",
    )


def _draw_shape_problems(form: Form, name: str) -> None:
    key = FIELDS if name == "fields" else CHECKS
    if form.problems.get(name) and _text(key).strip() and not st.session_state.get(f"attempted.{OPERATION}"):
        # Something was written that cannot be read: said at once, not only after the button.
        st.session_state.setdefault(f"touched.{OPERATION}", set()).add(name)
    draw_problems(form, name)
