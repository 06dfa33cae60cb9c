"""From a failed check to an edit: the image and a prompt that names what is to be corrected."""

from __future__ import annotations

import streamlit as st

from components.checks import FAIL
from components.checks.definitions import mend_prompt
from components.library.sheets.checks import checks_of, results_of
from components.ui.base.deferred import defer
from components.ui.inputs.library_picker import NOT_AN_INPUT, output_as_input
from components.ui.process.workbench import workbench
from components.ui.results.stage.image_actions import ImageActionState
from components.ui.session.prefill import Prefill, leave_prefill
from components.ui.session.state import page_state


def mend(sheet_id: str, output_id: str) -> None:
    """Leave an image and a prompt from its failed checks for the Edit page; `follow_click` opens it."""
    library = workbench().library
    output = library.output(output_id)
    checks = {one.id: one for one in checks_of(library, sheet_id)}
    failed = [
        (checks[one.check_id].kind, checks[one.check_id].settings, one.detail)
        for one in results_of(library, sheet_id, {output_id}).get(output_id, ())
        if one.status == FAIL and one.check_id in checks
    ]
    if output is None or not failed:
        return
    if (image := output_as_input(output)) is None:
        defer(st.toast, NOT_AN_INPUT, icon=":material/error:")
        return
    prompt = {"prompt": mend_prompt(failed)}
    leave_prefill(Prefill("edit", prompt, images=(image,), edited_output=output_id, is_sent=True))
    page_state(ImageActionState).next_page = ("edit", output_id)
