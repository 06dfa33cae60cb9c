"""Generate: a prompt in, images out. The form stands on the left, the result on the right."""

from functools import partial

import streamlit as st

from components.parameters import Group
from components.ui.base.page_layout import form_fields, workspace
from components.ui.forms.fill import take_form_prefills
from components.ui.forms.form import draw_group, read_form
from components.ui.forms.model_menu import draw_connection_and_model, prepare_models
from components.ui.forms.options import draw_options
from components.ui.forms.sending.submit import draw_submit
from components.ui.forms.variables import draw_variables
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
from components.ui.sheets.form.differences import sheet_differences
from components.ui.sheets.form.submit import draw_sheet_submit, send_single
from components.ui.sheets.form.vary import draw_vary, prepare_sheet
from components.ui.sheets.reuse import fill_sheet
from components.ui.sheets.sheet_list import draw_sheet_list
from components.ui.sheets.stage import draw_stage
from components.ui.sheets.state import read_as_run, sent_prompt

OPERATION = "generate"
PROMPT = frozenset({"prompt"})

form_column, result_column = workspace()

take_form_prefills(OPERATION, fill_sheet)
view = current_run(OPERATION)
fill_default(OPERATION)
prepare_models(OPERATION)
read = partial(read_as_run, partial(read_form, OPERATION))
form = read()
sheet, connection = prepare_sheet(form), connections.in_use()
with form_column:
    fields = form_fields()
    if sheet.plan is None:
        draw_submit(form, connection, read, partial(send_single, read))
    else:
        draw_sheet_submit(form, sheet, connection, read)
with fields:
    draw_prompt_tools(form, view)
    draw_group(form, Group.MAIN, only=PROMPT)
    beneath_prompt = st.container()
    draw_proposal(form)
    draw_variables(OPERATION, form.raw)
    draw_sent(form, sent_prompt(form))
    draw_form_status(form, view, sheet_differences(form))
    draw_vary(form, sheet, beneath_prompt)
    draw_connection_and_model(form)
    draw_default(OPERATION)
    draw_group(form, Group.MAIN, skip=PROMPT | {"model"} | sheet.varied)
    draw_flat_background(form)
    draw_options(form, skip=sheet.varied)
    draw_paste(OPERATION)

with result_column:
    strip = draw_recent(OPERATION)
    draw_stage(OPERATION, view)
    draw_branches(OPERATION, strip)
    draw_sheet_list()
