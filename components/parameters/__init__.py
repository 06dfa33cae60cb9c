"""The registry of operations, parameters and models. Pure data and functions; only `__main__` does I/O."""

from components.parameters.capabilities import CAPABILITIES, Capability, Finding, Findings
from components.parameters.export.curl import as_curl
from components.parameters.export.httpx_script import as_httpx
from components.parameters.export.javascript import as_fetch, as_javascript
from components.parameters.export.n8n import as_n8n
from components.parameters.export.python import as_python
from components.parameters.export.request_parts import streaming_note
from components.parameters.export.sheet_promptfoo import as_sheet_promptfoo
from components.parameters.export.sheet_python import as_connections_python, as_sheet_python
from components.parameters.export.sheet_targets import SheetTarget, targets_of
from components.parameters.fitting import UnusedValue, fit
from components.parameters.kinds import (
    Choice,
    FieldName,
    Images,
    Integer,
    Invalid,
    MaskImage,
    ModelName,
    Size,
    Switch,
    Text,
    Urls,
)
from components.parameters.models.catalogue import CATALOGUE, Model, find_model, models_for
from components.parameters.models.unknown_models import menu_models
from components.parameters.operations import OPERATIONS, applicable, as_sent, initial_values
from components.parameters.parameter import Group, Parameter
from components.parameters.prices.cost import cost
from components.parameters.prices.estimate import Estimate, estimate, output_tokens
from components.parameters.readers.keys import without_secrets
from components.parameters.readers.read import read_request
from components.parameters.readers.reading import Reading
from components.parameters.recipes.recipe import read_recipe, recipe
from components.parameters.recipes.recipe_diff import (
    DiffSegment,
    RecipeDiff,
    diff_recipes,
    diff_words,
    differing_values,
    differing_words,
    prompt_of,
    value_text,
)
from components.parameters.request import Request, resolve
from components.parameters.rules import InputImage, Inputs, Problem
from components.parameters.server import NEWEST_API_VERSION, OPENAI_BASE_URL, OPENAI_SERVER, SHAPES, Server, Shape

__all__ = [
    "CAPABILITIES",
    "CATALOGUE",
    "NEWEST_API_VERSION",
    "OPENAI_BASE_URL",
    "OPENAI_SERVER",
    "OPERATIONS",
    "SHAPES",
    "Capability",
    "Choice",
    "DiffSegment",
    "Estimate",
    "FieldName",
    "Finding",
    "Findings",
    "Group",
    "Images",
    "InputImage",
    "Inputs",
    "Integer",
    "Invalid",
    "MaskImage",
    "Model",
    "ModelName",
    "Parameter",
    "Problem",
    "Reading",
    "RecipeDiff",
    "Request",
    "Server",
    "Shape",
    "SheetTarget",
    "Size",
    "Switch",
    "Text",
    "UnusedValue",
    "Urls",
    "applicable",
    "as_connections_python",
    "as_curl",
    "as_fetch",
    "as_httpx",
    "as_javascript",
    "as_n8n",
    "as_python",
    "as_sent",
    "as_sheet_promptfoo",
    "as_sheet_python",
    "cost",
    "diff_recipes",
    "diff_words",
    "differing_values",
    "differing_words",
    "estimate",
    "find_model",
    "fit",
    "initial_values",
    "menu_models",
    "models_for",
    "output_tokens",
    "prompt_of",
    "read_recipe",
    "read_request",
    "recipe",
    "resolve",
    "streaming_note",
    "targets_of",
    "value_text",
    "without_secrets",
]
