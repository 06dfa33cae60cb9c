"""Analyze: the form on the left, the answer on the right."""

from components.ui.analyze.form import OPERATION, draw_form, draw_separate_price, read_analyze
from components.ui.analyze.prefill import take_analyze_prefills
from components.ui.analyze.recent_answers import draw_recent_answers
from components.ui.analyze.result_column import draw_analysis
from components.ui.analyze.submit import send_analyze
from components.ui.base.page_layout import workspace
from components.ui.forms.model_menu import prepare_models
from components.ui.forms.sending.submit import draw_submit
from components.ui.results.code.paste_request import draw_paste
from components.ui.results.result_column import current_run

form_column, result_column = workspace()

take_analyze_prefills()
view = current_run(OPERATION)
prepare_models(OPERATION)
form = read_analyze()
with form_column:
    connection = draw_form(form)
    draw_paste(OPERATION)
    draw_submit(form, connection, read_analyze, send_analyze)
    draw_separate_price(form, connection)

with result_column:
    draw_analysis(view)
    draw_recent_answers(view)
