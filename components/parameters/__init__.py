"""The registry of operations, parameters and models. Pure data and functions; only `__main__` does I/O."""

from components.parameters.capabilities import CAPABILITIES, Capability, Finding, Findings, value_of
from components.parameters.export.curl import as_curl
from components.parameters.export.javascript import as_fetch, as_javascript
from components.parameters.export.n8n import as_n8n
from components.parameters.export.python import as_python
from components.parameters.export.sheet_promptfoo import as_sheet_promptfoo
from components.parameters.export.sheet_python import as_sheet_python
from components.parameters.fitting import FittedValues, UnusedValue, fit
from components.parameters.kinds import (
    Choice,
    FieldName,
    Images,
    Integer,
    Invalid,
    Kind,
    MarkupImage,
    MaskImage,
    ModelName,
    Size,
    Switch,
    Text,
    Urls,
    size_problem,
)
from components.parameters.models.capabilities import may_support, menu_models
from components.parameters.models.catalogue import CATALOGUE, Model, Prices, find_model, models_for
from components.parameters.models.families import Family
from components.parameters.models.prices import Estimate, cost, estimate, output_tokens
from components.parameters.operations import OPERATIONS, Operation, applicable, as_sent, initial_values
from components.parameters.parameter import UNSET, Group, Parameter
from components.parameters.readers.read import read_request
from components.parameters.readers.reading import Reading, without_keys
from components.parameters.recipes.recipe import read_recipe, recipe
from components.parameters.recipes.recipe_diff import (
    DiffSegment,
    RecipeDiff,
    ValueChange,
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
    "UNSET",
    "Capability",
    "Choice",
    "DiffSegment",
    "Estimate",
    "Family",
    "FieldName",
    "Finding",
    "Findings",
    "FittedValues",
    "Group",
    "Images",
    "InputImage",
    "Inputs",
    "Integer",
    "Invalid",
    "Kind",
    "MarkupImage",
    "MaskImage",
    "Model",
    "ModelName",
    "Operation",
    "Parameter",
    "Prices",
    "Problem",
    "Reading",
    "RecipeDiff",
    "Request",
    "Server",
    "Shape",
    "Size",
    "Switch",
    "Text",
    "UnusedValue",
    "Urls",
    "ValueChange",
    "applicable",
    "as_curl",
    "as_fetch",
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
    "may_support",
    "menu_models",
    "models_for",
    "output_tokens",
    "prompt_of",
    "read_recipe",
    "read_request",
    "recipe",
    "resolve",
    "size_problem",
    "value_of",
    "value_text",
    "without_keys",
]
