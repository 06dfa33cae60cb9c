"""The registry: what can be asked for. Pure data and pure functions; no I/O but in `__main__`."""

from components.parameters.export.curl import as_curl
from components.parameters.export.n8n import as_n8n
from components.parameters.export.python import as_python
from components.parameters.fitting import Fitted, Waiting, fit
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
from components.parameters.models.abilities import may_do, menu
from components.parameters.models.catalogue import CATALOGUE, Model, Prices, find_model, models_for
from components.parameters.models.families import Family
from components.parameters.models.prices import Estimate, cost, estimate, output_tokens
from components.parameters.operations import OPERATIONS, Operation, applicable
from components.parameters.parameter import UNSET, Group, Parameter
from components.parameters.recipe import read_recipe, recipe
from components.parameters.recipe_diff import (
    Change,
    Differences,
    Piece,
    compare_words,
    differences,
    differing,
    prompt_of,
)
from components.parameters.request import Request, resolve
from components.parameters.rules import InputImage, Problem

__all__ = [
    "CATALOGUE",
    "OPERATIONS",
    "UNSET",
    "Change",
    "Choice",
    "Differences",
    "Estimate",
    "Family",
    "FieldName",
    "Fitted",
    "Group",
    "Images",
    "InputImage",
    "Integer",
    "Invalid",
    "Kind",
    "MarkupImage",
    "MaskImage",
    "Model",
    "ModelName",
    "Operation",
    "Parameter",
    "Piece",
    "Prices",
    "Problem",
    "Request",
    "Size",
    "Switch",
    "Text",
    "Urls",
    "Waiting",
    "applicable",
    "as_curl",
    "as_n8n",
    "as_python",
    "compare_words",
    "cost",
    "differences",
    "differing",
    "estimate",
    "find_model",
    "fit",
    "may_do",
    "menu",
    "models_for",
    "output_tokens",
    "prompt_of",
    "read_recipe",
    "recipe",
    "resolve",
    "size_problem",
]
