"""Generate: a prompt in, images out. The form stands on the left, the result on the right."""

import streamlit as st

from components.parameters import Group
from components.ui import connections
from components.ui.empty import draw_first_steps
from components.ui.form import draw_group, option_names, read_form
from components.ui.recent import draw_recent
from components.ui.result import draw_result
from components.ui.submit import draw_submit

OPERATION = "generate"

form_column, result_column = st.columns([5, 10], gap="large")

form = read_form(OPERATION)
with form_column:
    connection = connections.connection_picker()
    draw_group(form, Group.MAIN)
    with st.expander(f"More options  :gray[{option_names(form, Group.OPTIONS)}]", key=f"{OPERATION}.options"):
        draw_group(form, Group.OPTIONS)
    draw_submit(form, connection)

with result_column:
    if not draw_result(OPERATION):
        draw_first_steps(OPERATION)
    draw_recent(OPERATION)
