"""Fill the Analyze page from another page's prefill: form, images, shape of the answer."""

from __future__ import annotations

import streamlit as st

from components.library.queries.question_groups import GROUP_KEY
from components.ui.analyze.analyzed_output import note_analyzed
from components.ui.analyze.form import OPERATION, SEPARATELY, TOGETHER, WORDS
from components.ui.analyze.page_state import CHECKS, FIELDS, SHAPE, SPREAD, AnalyzeState
from components.ui.forms.fill import fill_form
from components.ui.inputs.image_inputs import add_images, replace_images
from components.ui.session.prefill import Prefill, apply_prefills
from components.ui.session.state import page_state


def take_analyze_prefills() -> None:
    """Apply the prefills left for the Analyze page."""
    apply_prefills(OPERATION, _apply)


def _apply(prefill: Prefill) -> None:
    fill_form(prefill)
    _fill_images(prefill)
    if prefill.source is not None:
        _fill_shape(prefill)


def _fill_images(prefill: Prefill) -> None:
    if not prefill.images:
        return
    if prefill.adds_images:
        add_images(OPERATION, prefill.images)
        return
    replace_images(OPERATION, prefill.images)
    if prefill.edited_output is not None:
        page_state(AnalyzeState).analyzed = (prefill.edited_output, prefill.images[0].sha256)
    elif prefill.source is not None:
        note_analyzed(prefill.source.parent_output, prefill.images)


def _fill_shape(prefill: Prefill) -> None:
    extra = prefill.extra
    st.session_state[SHAPE] = extra.get("shape") or WORDS
    st.session_state[SPREAD] = SEPARATELY if extra.get(GROUP_KEY) else TOGETHER
    if extra.get("fields"):
        st.session_state[FIELDS] = extra["fields"]
    if extra.get("checks"):
        st.session_state[CHECKS] = "\n".join(extra["checks"])
