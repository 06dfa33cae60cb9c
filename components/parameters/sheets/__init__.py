"""Sheets: one prompt and several values of parameters, multiplied into many requests. Pure functions, no I/O."""

from components.parameters.sheets.axes import (
    CONNECTION,
    IMAGE,
    MAX_VALUES,
    PROMPT_LINES,
    Axis,
    AxisValue,
    ConnectionValue,
    choices_of,
    parameter_axis,
    varying,
)
from components.parameters.sheets.cells import MAX_CELLS, SHEET, Cell, Plan, plan_cells
from components.parameters.sheets.portable import sheet_in, with_sheet
from components.parameters.sheets.price import SheetPrice, sheet_price
from components.parameters.sheets.prompt_syntax import PromptTemplate, read_prompt
from components.parameters.sheets.skip_rules import RULES, SkipRule, read_rules
from components.parameters.sheets.template import SheetTemplate, make_plan, read_template

__all__ = [
    "CONNECTION",
    "IMAGE",
    "MAX_CELLS",
    "MAX_VALUES",
    "PROMPT_LINES",
    "RULES",
    "SHEET",
    "Axis",
    "AxisValue",
    "Cell",
    "ConnectionValue",
    "Plan",
    "PromptTemplate",
    "SheetPrice",
    "SheetTemplate",
    "SkipRule",
    "choices_of",
    "make_plan",
    "parameter_axis",
    "plan_cells",
    "read_prompt",
    "read_rules",
    "read_template",
    "sheet_in",
    "sheet_price",
    "varying",
    "with_sheet",
]
