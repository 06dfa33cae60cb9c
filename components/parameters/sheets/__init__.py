"""Sheets: one prompt and several values of parameters, multiplied into many requests. Pure functions, no I/O."""

from components.parameters.sheets.as_written import as_written
from components.parameters.sheets.axes import (
    CONNECTION,
    IMAGE,
    MAX_VALUES,
    ConnectionValue,
    choices_of,
    fixed,
    refused_values,
    takes_typed,
    varying,
)
from components.parameters.sheets.cells import Cell, Plan
from components.parameters.sheets.portable import sheet_in, with_sheet
from components.parameters.sheets.price import SheetPrice, sheet_price, total_price
from components.parameters.sheets.prompt_groups import unbalanced_note
from components.parameters.sheets.prompt_syntax import draws_at_random, has_groups, lists_named, names_list, single_text
from components.parameters.sheets.skip_rules import RULES
from components.parameters.sheets.template import SheetTemplate, make_plan, read_template
from components.parameters.sheets.trim import Places, Trim, carried, trim_of
from components.parameters.sheets.written_out import written_out

__all__ = [
    "CONNECTION",
    "IMAGE",
    "MAX_VALUES",
    "RULES",
    "Cell",
    "ConnectionValue",
    "Places",
    "Plan",
    "SheetPrice",
    "SheetTemplate",
    "Trim",
    "as_written",
    "carried",
    "choices_of",
    "draws_at_random",
    "fixed",
    "has_groups",
    "lists_named",
    "make_plan",
    "names_list",
    "read_template",
    "refused_values",
    "sheet_in",
    "sheet_price",
    "single_text",
    "takes_typed",
    "total_price",
    "trim_of",
    "unbalanced_note",
    "varying",
    "with_sheet",
    "written_out",
]
