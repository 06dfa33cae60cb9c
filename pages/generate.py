"""Generate: a prompt in, images out. The form stands on the left, the result on the right."""

from functools import partial

from components.parameters import Group
from components.ui import connections
from components.ui.form import draw_group, read_form
from components.ui.form_options import draw_options
from components.ui.lineage import send_derived
from components.ui.model_menu import draw_model, prepare_models
from components.ui.recent import draw_recent
from components.ui.result import current_run, draw_result
from components.ui.submit import draw_submit
from components.ui.workspace import workspace

OPERATION = "generate"
PROMPT = frozenset({"prompt"})

form_column, result_column = workspace()

view = current_run(OPERATION)
prepare_models(OPERATION)
form = read_form(OPERATION)
with form_column:
    draw_group(form, Group.MAIN, only=PROMPT)
    connection = connections.connection_picker()
    draw_model(form, connection)
    draw_group(form, Group.MAIN, skip=PROMPT | {"model"})
    draw_options(form)
    draw_submit(form, connection, partial(read_form, OPERATION), send_derived)

with result_column:
    draw_result(OPERATION, view)
    draw_recent(OPERATION)
