"""The tables of docs/parameters.md, written from the registry."""

from __future__ import annotations

from collections.abc import Iterator

from components.parameters.catalogue import CATALOGUE, Model, Prices
from components.parameters.families import Family
from components.parameters.kinds import Choice, Images, Integer, Kind, MaskImage, Size, Switch, Text, Urls
from components.parameters.operations import OPERATIONS
from components.parameters.parameter import Parameter

HEAD = """# Parameters and models

Written by `python -m components.parameters --write` from the registry in `components/parameters`; a test fails
when it is stale. "Sent as" is the name on the wire; a value at its default is left out unless it is marked with *.
"""


def _limits(kind: Kind) -> str:
    if isinstance(kind, Choice):
        return ", ".join(kind.options)
    if isinstance(kind, Size):
        return ", ".join(kind.choices) + (", or any inside the limits" if kind.free else "")
    if isinstance(kind, Integer):
        return f"{kind.minimum} to {kind.maximum}" + (f", multiples of {kind.step}" if kind.step > 1 else "")
    if isinstance(kind, Images):
        return f"{kind.minimum} to {kind.maximum} files, each under {kind.max_bytes // 1_000_000} MB"
    if isinstance(kind, MaskImage):
        return f"a PNG under {kind.max_bytes // 1_000_000} MB"
    if isinstance(kind, Switch):
        return "on, off"
    if isinstance(kind, Urls):
        return f"up to {kind.maximum} addresses"
    if isinstance(kind, Text) and kind.max_length:
        return f"at most {kind.max_length} characters"
    return "text"


def _families(operation: str) -> dict[str, Family]:
    return {model.family.name: model.family for model in CATALOGUE.values() if operation in model.operations}


def _wire(parameter: Parameter) -> str:
    if not parameter.wire:
        return "as a file part" if isinstance(parameter.kind, Images | MaskImage) else "not sent"
    name = parameter.wire[0] + "".join(f"[{step}]" for step in parameter.wire[1:])
    return f"`{name}`{'*' if parameter.always_send else ''}"


def _rows(operation: str) -> Iterator[str]:
    families = _families(operation)
    for parameter in OPERATIONS[operation].parameters:
        taking: dict[str, list[str]] = {}
        for name, family in families.items():
            if kind := family.kinds.get(parameter.name):
                taking.setdefault(_limits(kind), []).append(name)
        everyone = len(taking) == 1 and sum(map(len, taking.values())) == len(families)
        limits = "<br>".join(limit if everyone else f"{', '.join(names)}: {limit}" for limit, names in taking.items())
        default = "" if parameter.default in ("", None, ()) else str(parameter.default)
        limits = limits or "models not in the catalogue"
        yield f"| {parameter.label} | {_wire(parameter)} | {limits} | {default} | {parameter.help} |"


def _price(prices: Prices | None) -> str:
    if prices is None:
        return "not published"
    named = (
        ("text in", prices.text_in),
        ("cached", prices.text_cached),
        ("image in", prices.image_in),
        ("image out", prices.image_out),
        ("text out", prices.text_out),
    )
    return ", ".join(f"{name} {amount}" for name, amount in named if amount is not None)


def _model(model: Model) -> str:
    end = model.shutdown.isoformat() if model.shutdown else ""
    operations = ", ".join(name for name in OPERATIONS if name in model.operations)
    cells = (model.id, operations, model.family.name, end, model.replaced_by or "", _price(model.prices))
    return f"| {' | '.join(cells)} |"


def write_tables() -> str:
    """The whole of docs/parameters.md."""
    parts = [HEAD]
    for operation in OPERATIONS.values():
        parts.append(f"## {operation.label}\n")
        parts.append("| label | sent as | choices and limits | default | meaning |\n|---|---|---|---|---|")
        parts.append("\n".join(_rows(operation.name)) + "\n")
    parts.append("## Models\n")
    parts.append("Prices in dollars for a million tokens. A model that is not listed gets every parameter.\n")
    parts.append("| id | operations | family | last day at OpenAI | instead | prices |\n|---|---|---|---|---|---|")
    parts.append("\n".join(_model(model) for model in CATALOGUE.values()) + "\n")
    return "\n".join(parts)
