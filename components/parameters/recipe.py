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
    """The request as JSON-able data, with the values that differ from their defaults. No key, person or path."""
    values = {
        parameter.name: request.values[parameter.name]
        for parameter in request.parameters
        if parameter.name not in _NOT_VALUES | _PERSONAL
        and (parameter.required or request.values[parameter.name] != parameter.default)
    }
    roles = [("image", image) for image in request.images]
    roles += [("mask", request.mask)] if request.mask else []
    roles += [("markup", request.markup)] if request.markup else []
    return {
        "image_workbench": VERSION,
        "operation": request.operation,
        "model": request.model,
        "values": {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()},
        "inputs": [{"role": role, "name": image.name, "sha256": image.sha256} for role, image in roles],
    }


def read_recipe(data: Any) -> tuple[str, dict[str, Any]]:
    """Operation and raw values, the model among them, of a recipe from anywhere; nothing in it is trusted.

    Raises Invalid when it is no recipe, or one of a newer version.
    """
    version = data.get("image_workbench") if isinstance(data, Mapping) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise Invalid("This holds no recipe of the Image Workbench.")
    if version > VERSION:
        raise Invalid("This recipe was made by a newer version of the Image Workbench.")
    operation, values = str(data.get("operation")), data.get("values")
    if operation not in OPERATIONS or not isinstance(values, Mapping):
        raise Invalid("This recipe names no operation that this version knows.")
    known = {parameter.name for parameter in OPERATIONS[operation].parameters} - _NOT_VALUES
    raw = {str(name): value for name, value in values.items() if name in known}
    if isinstance(data.get("model"), str):
        raw["model"] = data["model"]
    return operation, raw
