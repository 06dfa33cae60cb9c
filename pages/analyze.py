"""Analyze: pictures and a question in, an answer out. The form stands on the left, the answer on the right."""

from components.ui.analyze_form import OPERATION, draw_each_price, draw_form, read_analyze
from components.ui.analyze_recent import draw_recent_answers
from components.ui.analyze_result import draw_analysis
from components.ui.analyze_send import send_analyze
from components.ui.model_menu import prepare_models
from components.ui.result import current_run
from components.ui.submit import draw_submit
from components.ui.workspace import workspace

form_column, result_column = workspace()

view = current_run(OPERATION)
prepare_models(OPERATION)
form = read_analyze()
with form_column:
    connection = draw_form(form)
    draw_submit(form, connection, read_analyze, send_analyze)
    draw_each_price(form, connection)

with result_column:
    draw_analysis(view)
    draw_recent_answers(view)
