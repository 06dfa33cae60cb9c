"""The panel in which the checks of a sheet are listed, added and removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.checks import KINDS, CheckKind, read_settings, title
from components.checks.definitions import BEST_SCORE, LEAST_SCORE, PERCENT, REFERENCE, SCORE, Setting
from components.images import ocr
from components.library.prompts.prompt_checks import Check as KeptCheck
from components.library.prompts.prompt_checks import keep_checks, prompt_checks_of
from components.library.queries.prompts import prompt_of_sheet
from components.library.queries.sheet_summary import image_ids_of
from components.library.records import StoredSheet
from components.library.sheets.checks import MOST_CHECKS, add_check, checks_of, remove_check
from components.ui.base.deferred import defer
from components.ui.base.error_boundary import guarded, reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.run_json import RASTER_FORMATS
from components.ui.base.thumbnail_row import Thumbnail, draw_row, thumb_of
from components.ui.inputs.library_picker import pickable_outputs
from components.ui.process.workbench import workbench
from components.ui.session.owner import note_action
from components.ui.session.state import page_state
from components.ui.sheets.checks.asking import (
    about,
    draw_asking,
    draw_cost,
    draw_model,
    offered_kinds,
    start_asking,
    where_asked,
)
from components.ui.sheets.checks.checks_json import outcomes

MOST_REFERENCES = 24  # images of the sheet that are offered to compare with
MEASURED = "This check is measured on this server as each image arrives. It is free and uses no model."
BUILT_IN = (
    "Checks are measured on this server. They are free. The built-in engine judges no image: connect a vision model to "
    "ask questions about the images."
)
NO_OCR = (
    "The server cannot read text in images: the optional packages `rapidocr` and `onnxruntime` are not installed. "
    "The README says how to add them."
)


@dataclass
class ChecksState:
    """The reference image, and the problems of the check to add, by field."""

    reference: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)


def draw_checks(sheet: StoredSheet) -> None:
    """Draw the panel, and queue what is missing."""
    workbench().catch_up(sheet.id)
    with st.popover("Checks", icon=":material/fact_check:", key="sheet.checks", on_change="rerun") as panel:
        if not panel.open:
            return
        _draw_list(sheet)
        kinds = offered_kinds()
        name = st.selectbox(
            "New check", kinds, format_func=lambda one: KINDS[one].label, key=f"sheet.checks.kind.{sheet.id}"
        )
        kind = KINDS[name]
        is_offered = name != "text" or ocr.is_installed()
        st.caption(kind.help if is_offered else NO_OCR)
        state = page_state(ChecksState, sheet.id)
        keys = {one.name: f"sheet.checks.{sheet.id}.{name}.{one.name}" for one in kind.settings}
        for setting in kind.settings:
            _draw_setting(sheet, setting, keys[setting.name], disabled=not is_offered)
            if message := state.problems.get(f"{name}.{setting.name}"):
                st.markdown(f":red[:material/error: {escape(message)}]")
        if message := state.problems.get(name):
            st.markdown(f":red[:material/error: {escape(message)}]")
        if kind.is_asked:
            raw = {one: st.session_state.get(key) for one, key in keys.items()}
            keys = {**keys, "model": draw_model(sheet, kind, raw)}
        st.button(
            "Add check and ask" if kind.is_asked else "Add check",
            type="primary",
            disabled=not is_offered,
            key="sheet.checks.add",
            on_click=_added,
            args=(sheet.id, kind, keys),
        )
        if not kind.is_asked:
            st.caption(MEASURED if len(kinds) == len(KINDS) else BUILT_IN)


def _draw_list(sheet: StoredSheet) -> None:
    for check, outcome in outcomes(workbench().library, sheet):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{escape(title(check.kind, check.settings))}**{about(check)}  \n{outcome.text}")
            draw_asking(sheet, check, outcome)
            st.button(
                "Remove",
                icon=":material/close:",
                type="tertiary",
                key=f"sheet.checks.remove.{check.id}",
                on_click=reports_unavailable(_remove),
                args=(check.id,),
            )
    draw_cost(sheet)
    _draw_keep(sheet)


def _draw_keep(sheet: StoredSheet) -> None:
    """Draw the button that keeps the sheet's checks with its saved prompt, where the prompt has others or none."""
    library = workbench().library
    prompt = prompt_of_sheet(library, sheet.id)
    if prompt is None:
        return
    own = [(one.kind, one.settings) for one in checks_of(library, sheet.id)]
    if own == prompt_checks_of(library, prompt.id):
        if own:
            st.caption(f"New sheets of “{escape(prompt.name)}” begin with these checks.")
        return
    st.button(
        f"Keep with the prompt “{escape(prompt.name)}”",
        icon=":material/bookmark_add:",
        type="tertiary",
        key="sheet.checks.keep",
        help="New sheets of this prompt begin with these checks, in place of those that it has.",
        on_click=lambda: defer(guarded(_keep), prompt.id, own),
    )


def _keep(prompt_id: str, checks: list[KeptCheck]) -> None:
    keep_checks(workbench().library, prompt_id, checks)
    note_action("prompt.changed", prompt_id, {"what": "checks", "count": len(checks)})


def _draw_setting(sheet: StoredSheet, setting: Setting, key: str, *, disabled: bool) -> None:
    common: dict[str, Any] = {"key": key, "help": setting.help or None, "disabled": disabled}
    if setting.kind == PERCENT:
        st.number_input(setting.label, value=setting.default, step=1.0, **common)
    elif setting.kind == SCORE:
        limits: dict[str, Any] = {"min_value": float(LEAST_SCORE), "max_value": float(BEST_SCORE)}
        st.number_input(setting.label, value=setting.default, step=0.5, **{**limits, **common})
    elif setting.kind == REFERENCE:
        _draw_references(sheet, setting.label)
    else:
        st.text_input(setting.label, value=setting.default, max_chars=2000, **common)


def _draw_references(sheet: StoredSheet, label: str) -> None:
    """Draw images of the sheet, then the newest of the library; a click chooses the one to compare with."""
    library, state = workbench().library, page_state(ChecksState, sheet.id)
    own = [library.output(one) for one in image_ids_of(library, sheet.id)[:MOST_REFERENCES]]
    offered = {one.id: one for one in (*own, *pickable_outputs()) if one is not None and one.format in RASTER_FORMATS}
    st.caption(label + ("" if offered else ": the library has no image yet."))
    of_sheet = {one.id for one in own if one is not None}
    draw_row(
        f"sheet.checks.reference.{sheet.id}",
        [
            Thumbnail(
                one.id,
                f"Compare with this image of {'the sheet' if one.id in of_sheet else 'the library'}",
                thumb_of(one),
                current=one.id == state.reference,
            )
            for one in offered.values()
        ],
        lambda output_id: setattr(state, "reference", output_id),
        many=True,
    )


def _added(sheet_id: str, kind: CheckKind, keys: Mapping[str, str]) -> None:
    session = st.session_state.to_dict()
    raw = {name: session.get(key) for name, key in keys.items()}
    defer(guarded(_add), sheet_id, kind, raw)


def _add(sheet_id: str, kind: CheckKind, raw: Mapping[str, Any]) -> None:
    state = page_state(ChecksState, sheet_id)
    settings, problems = read_settings(kind, {**raw, "reference": state.reference})
    state.problems = {f"{kind.name}.{one.parameter}": one.message for one in problems}
    if problems:
        return
    if kind.is_asked:
        settings |= where_asked(raw, "model")
        if problem := start_asking(sheet_id, settings["connection"]):
            state.problems = {kind.name: problem}
            return
    if not add_check(workbench().library, sheet_id, kind.name, settings):
        state.problems = {kind.name: f"The sheet already has this check, or {MOST_CHECKS} checks, which is the limit."}
        return
    workbench().catch_up(sheet_id)


def _remove(check_id: str) -> None:
    remove_check(workbench().library, check_id)
