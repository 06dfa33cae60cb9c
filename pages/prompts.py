"""Prompts: the shelf of saved prompts, and one of them with its versions and results."""

from components.ui.prompts.prompt_page import draw_prompt
from components.ui.prompts.shelf import draw_shelf, prompt_in_address

opened = prompt_in_address()
if opened:
    draw_prompt(opened)
else:
    draw_shelf()
