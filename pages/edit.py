"""Edit: input images and a mask drawn on the first one in, edited images out."""

from functools import partial

import streamlit as st

from components.parameters import Group
from components.parameters.sheets import IMAGE, MAX_VALUES
from components.parameters.turns import OF_TURNS
from components.ui.base.page_layout import form_fields, workspace
from components.ui.edit.form import (
    OPERATION,
    carry_over,
    image_limit,
    model_sizes,
    read_edit,
    send_edit,
    wants_square_png,
)
from components.ui.edit.prefill import take_edit_prefills
from components.ui.edit.turns import draw_context, draw_steps
from components.ui.edit.workspace import draw_edit_result, draw_keep_switch, draw_restore_inputs, draw_workspace
from components.ui.forms.form import draw_group
from components.ui.forms.model_menu import draw_connection_and_model, prepare_models
from components.ui.forms.options import draw_options
from components.ui.forms.problems import draw_problems
from components.ui.forms.sending.submit import draw_submit
from components.ui.forms.variables import draw_variables
from components.ui.inputs.framing.dialog import draw_input_tools
from components.ui.inputs.image_inputs import draw_image_inputs
from components.ui.prompts.flat_background import draw_flat_background
from components.ui.prompts.presets import draw_default, fill_default
from components.ui.prompts.proposal import draw_proposal
from components.ui.prompts.styles import draw_sent
from components.ui.prompts.tools import draw_prompt_tools
from components.ui.results.code.paste_request import draw_paste
from components.ui.results.form_status import draw_form_status
from components.ui.results.recent_runs import draw_recent
from components.ui.results.result_column import current_run
from components.ui.results.stage.branches import draw_branches
from components.ui.session import connections
from components.ui.session.address import sheet_in_address
from components.ui.sheets.form.differences import sheet_differences
from components.ui.sheets.form.submit import draw_sheet_submit, send_single
from components.ui.sheets.form.vary import draw_vary, prepare_sheet
from components.ui.sheets.reuse import draw_back, fill_sheet
from components.ui.sheets.sheet_list import draw_sheet_list
from components.ui.sheets.sheet_view import draw_sheet
from components.ui.sheets.state import read_as_run, sent_prompt

PROMPT = frozenset({"prompt"})

form_column, result_column = workspace()

take_edit_prefills(fill_sheet)
view = current_run(OPERATION)
fill_default(OPERATION)
prepare_models(OPERATION)
form = read_as_run(read_edit)
read = partial(read_as_run, partial(read_edit, final=True))
sheet, connection = prepare_sheet(form), connections.in_use()
varied = sheet.varied
with form_column:
    fields = form_fields()
    if sheet.plan is None:
        draw_submit(form, connection, read, partial(send_single, read, send=send_edit))
    else:
        draw_sheet_submit(form, sheet, connection, read, send_edit)
with fields:
    draw_prompt_tools(form, view)
    draw_group(form, Group.MAIN, only=PROMPT)
    beneath_prompt = st.container()
    draw_proposal(form)
    draw_variables(OPERATION, form.raw)
    draw_sent(form, sent_prompt(form))
    draw_form_status(form, view, sheet_differences(form))
    draw_image_inputs(
        OPERATION,
        label="Image(s)",
        help=form.help("image"),
        limit=MAX_VALUES if IMAGE in varied else image_limit(form),
        first_mark="mask",
        square_png=wants_square_png(form),
        changed=carry_over,
    )
    draw_restore_inputs()
    draw_input_tools(OPERATION, sizes=model_sizes(form), changed=carry_over)
    context = OF_TURNS if varied else draw_context(form)  # a cell of a sheet has no turns before
    if IMAGE not in varied:
        draw_problems(form, "image")
    draw_vary(form, sheet, beneath_prompt)
    draw_connection_and_model(form)
    draw_default(OPERATION)
    draw_group(form, Group.MAIN, skip=PROMPT | {"model"} | sheet.varied)
    draw_flat_background(form)
    draw_options(form, skip=sheet.varied | context)
    draw_paste(OPERATION)
    draw_keep_switch(form)

with result_column:
    strip = draw_recent(OPERATION)
    draw_steps(view, form)
    sheet_id = sheet_in_address()
    is_result = draw_workspace(form, sheet_id or (view.id if view is not None else None))
    if sheet_id is None:
        draw_back(view)
        draw_edit_result(view, status_only=not is_result)
    elif is_result:
        draw_sheet(OPERATION)
    draw_branches(OPERATION, strip)
    draw_sheet_list()
