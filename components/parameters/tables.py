"""The tables of docs/parameters.md, written from the registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.parameters.kinds import Choice, Images, Integer, Kind, MaskImage, Size, Switch, Text, Urls
from components.parameters.models.catalogue import CATALOGUE, Model, Prices
from components.parameters.models.families import Family
from components.parameters.operations import OPERATIONS, SHOWN_WHEN
from components.parameters.parameter import Parameter

HEAD = """# Parameters and models

Written by `python -m components.parameters --write` from the registry in `components/parameters`; a test fails
when it is stale. "Sent as" is the name on the wire; a value at its default is left out unless it is marked with *.
A model that is not listed takes every parameter, with the widest choices and with any size.
"""


def _limits(kind: Kind) -> str:
    if isinstance(kind, Choice):
        return ", ".join(kind.options)
    if isinstance(kind, Size):
        return ", ".join(kind.choices) + (", or any inside the limits" if kind.free else "")
    if isinstance(kind, Integer) and kind.minimum == kind.maximum:
        return f"{kind.minimum} only"
    if isinstance(kind, Integer):
        return f"{kind.minimum} to {kind.maximum}" + (f", multiples of {kind.step}" if kind.step > 1 else "")
    if isinstance(kind, Images):
        types = ", ".join(one.removeprefix("image/") for one in kind.content_types)
        count = "1 square file" if kind.square else f"{kind.minimum} to {kind.maximum} files"
        return f"{count} of {types}, each under {kind.max_bytes // 1_000_000} MB"
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


def _group_by_text(told: Mapping[str, str]) -> str:
    """What holds for each family, or once what holds for all of them."""
    by_words: dict[str, list[str]] = {}
    for family, words in told.items():
        by_words.setdefault(words, []).append(family)
    if len(by_words) == 1:
        return next(iter(by_words))
    return "<br>".join(f"{', '.join(names)}: {words}" for words, names in by_words.items())


def _wire_name(parameter: Parameter, wire: tuple[str, ...]) -> str:
    if parameter.inside:
        return f"`{parameter.inside}` of the message"
    if not wire:
        return "not sent"
    name = wire[0] + "".join(f"[{step}]" for step in wire[1:])
    return f"`{name}`{'*' if parameter.always_send else ''}"


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value in ("", None, ()) else str(value)


def _condition(parameter: Parameter, labels: Mapping[str, str]) -> str:
    other, values = SHOWN_WHEN.get(parameter.name, ("", frozenset()))
    if other not in labels:
        return ""
    words = " or ".join(_default(value) for value in sorted(values, key=str))
    return f" Only with {labels[other]} {words}."


def _parameter_rows(operation: str) -> Iterator[str]:
    families = _families(operation)
    parameters = OPERATIONS[operation].parameters
    labels = {parameter.name: parameter.label for parameter in parameters}
    for parameter in parameters:
        taking = {name: family for name, family in families.items() if parameter.name in family.kinds}
        limits = {name: _limits(family.kinds[parameter.name]) for name, family in taking.items()}
        if len(taking) < len(families) and len(set(limits.values())) == 1:
            cell = f"{', '.join(limits)}: {next(iter(limits.values()))}"
        else:
            cell = _group_by_text(limits)
        wires = {
            name: _wire_name(parameter, family.wires.get(parameter.name, parameter.wire))
            for name, family in taking.items()
        }
        defaults = {
            name: _default(family.defaults.get(parameter.name, parameter.default)) for name, family in taking.items()
        }
        help = parameter.help + _condition(parameter, labels)
        source = f"[source]({parameter.source})" if parameter.source.startswith("http") else parameter.source
        cells = (parameter.label, _group_by_text(wires), cell, _group_by_text(defaults), help, source)
        yield f"| {' | '.join(cells)} |"


def _price(prices: Prices | None) -> str:
    if prices is None:
        return "not published"
    named = (
        ("text in", prices.text_in),
        ("cached", prices.text_cached),
        ("image in", prices.image_in),
        ("cached", prices.image_cached),
        ("image out", prices.image_out),
        ("text out", prices.text_out),
    )
    return ", ".join(f"{name} {amount}" for name, amount in named if amount is not None)


def _model_row(model: Model) -> str:
    dates = (day.isoformat() if day else "" for day in (model.released, model.shutdown))
    operations = ", ".join(name for name in OPERATIONS if name in model.operations)
    cells = (model.id, operations, model.family.name, model.note, *dates, model.replaced_by or "", _price(model.prices))
    return f"| {' | '.join(cells)} |"


def _table_head(*names: str) -> str:
    return f"| {' | '.join(names)} |\n{'|---' * len(names)}|"


def write_tables() -> str:
    """The whole of docs/parameters.md."""
    parts = [HEAD]
    for operation in OPERATIONS.values():
        parts.append(f"## {operation.label}\n")
        parts.append(_table_head("label", "sent as", "choices and limits", "default", "meaning", "source"))
        parts.append("\n".join(_parameter_rows(operation.name)) + "\n")
    parts.append("## Models\n")
    parts.append("Prices in dollars for a million tokens. What OpenAI has ended may live on at other servers.\n")
    parts.append(_table_head("id", "operations", "family", "note", "released", "ends at OpenAI", "instead", "prices"))
    parts.append("\n".join(_model_row(model) for model in CATALOGUE.values()) + "\n")
    return "\n".join(parts)
