"""A request in portable form: shown, embedded in downloads, stored with a run, read back into a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.parameters.kinds import Invalid
from components.parameters.operations import OPERATIONS
from components.parameters.request import Request

VERSION = 1
_NOT_VALUES = frozenset({"image", "mask", "markup", "model"})
_PERSONAL = frozenset({"user"})


def recipe(request: Request) -> dict[str, Any]:
    """Return a request as JSON data: required values and those that are not the default; no key, user or path."""
    values = {
        parameter.name: request.values[parameter.name]
        for parameter in request.parameters
        if parameter.name not in _NOT_VALUES | _PERSONAL
        and (parameter.required or request.values[parameter.name] != parameter.default)
    }
    return {
        "image_workbench": VERSION,
        "operation": request.operation,
        "model": request.model,
        "values": {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()},
        "inputs": [
            {"role": role, "name": image.name, "sha256": image.sha256} for role, _, image in request.inputs.by_role
        ],
    }


def read_recipe(data: Any) -> tuple[str, dict[str, Any]]:
    """Return the operation and raw values, including the model, of an untrusted recipe.

    Raise Invalid for data that is not a recipe, or is one of a newer version.
    """
    version = data.get("image_workbench") if isinstance(data, Mapping) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise Invalid("This contains no Image Workbench recipe.")
    if version > VERSION:
        raise Invalid("A newer version of Image Workbench made this recipe.")
    operation, values = str(data.get("operation")), data.get("values")
    if operation not in OPERATIONS or not isinstance(values, Mapping):
        raise Invalid("This version does not know the operation of this recipe.")
    known = {parameter.name for parameter in OPERATIONS[operation].parameters} - _NOT_VALUES
    raw = {str(name): value for name, value in values.items() if name in known}
    if isinstance(data.get("model"), str):
        raw["model"] = data["model"]
    return operation, raw
