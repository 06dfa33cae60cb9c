"""Prompts: the list of saved prompts, and one of them with its versions and results."""

from components.ui.prompts.prompt_list import draw_prompt_list, prompt_in_address
from components.ui.prompts.prompt_page import draw_prompt

opened = prompt_in_address()
if opened:
    draw_prompt(opened)
else:
    draw_prompt_list()
