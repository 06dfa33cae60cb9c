"""The cells of a sheet: every combination of the axes' values, each as a request or with the reason why not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any

from components.parameters.fitting import fit
from components.parameters.operations import OPERATIONS, applicable
from components.parameters.request import Request, resolve
from components.parameters.rules import Inputs, Problem
from components.parameters.sheets.axes import CONNECTION, IMAGE, PROMPT, PROMPT_LINES, Axis, AxisValue, ConnectionValue
from components.parameters.sheets.prompt_syntax import PromptTemplate
from components.parameters.sheets.skip_rules import RULES, SkipRule, unused_rules
from components.parameters.turns import OF_TURNS

# The most cells of one sheet.
MAX_CELLS = 1000

SHEET = "sheet"  # the field of problems that concern the whole sheet


@dataclass(frozen=True)
class Cell:
    """One combination: the place of its value on each axis, and its request, or the reason why it is not run."""

    places: tuple[int, ...]
    request: Request | None
    reason: str = ""


@dataclass(frozen=True)
class Plan:
    """The axes of a sheet with its cells, or with its problems. `notes` say what may be a mistake."""

    axes: tuple[Axis, ...] = ()
    cells: tuple[Cell, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def connection_of(self, cell: Cell) -> str | None:
        """Return the id of the connection that a cell goes to; None where connections do not vary."""
        places = zip(self.axes, cell.places, strict=True)
        return next((str(axis.values[place].value) for axis, place in places if axis.name == CONNECTION), None)

    @property
    def requests(self) -> tuple[Request, ...]:
        """Return the requests of the cells that are run."""
        return tuple(cell.request for cell in self.cells if cell.request is not None)


def plan_cells(
    operation: str,
    model: str,
    raw: Mapping[str, Any],
    prompts: Mapping[str, PromptTemplate],
    axes: Sequence[Axis],
    rules: Sequence[SkipRule] = (),
    inputs: Inputs = Inputs(),  # noqa: B008 - immutable
    connections: Mapping[str, ConnectionValue] = MappingProxyType({}),
) -> Plan:
    """Multiply the axes into cells.

    `raw` are the form's values for what does not vary, fitted to each cell's model; values of an axis are taken as they
    are. `prompts` are the templates by line of the prompt, `inputs` the images of every cell, `connections` the
    values of an axis of connections by id. Counts first, and refuses more than MAX_CELLS.
    """
    count = math.prod(len(axis.values) for axis in axes)
    if count > MAX_CELLS:
        sizes = " x ".join(str(len(axis.values)) for axis in axes)
        problem = Problem(SHEET, f"{sizes} are {count:,} runs; a sheet takes at most {MAX_CELLS:,}.")
        return Plan(tuple(axes), problems=(problem,))
    cells: list[Cell] = []
    contents: list[Mapping[str, Any]] = []
    bases: dict[tuple[int, ...], _Base] = {}  # cells whose prompts alone differ have one in common
    for places in product(*(range(len(axis.values)) for axis in axes)):
        chosen = {axis.name: axis.values[place] for axis, place in zip(axes, places, strict=True)}
        key = tuple(place for axis, place in zip(axes, places, strict=True) if not axis.name.startswith(PROMPT))
        base = bases.get(key) or bases.setdefault(key, _base(operation, model, raw, chosen, connections))
        line = str(chosen[PROMPT_LINES].value) if PROMPT_LINES in chosen else ""
        values = {**base.values, PROMPT: prompts[line].text(chosen)}
        contents.append(values | {name: one.value for name, one in chosen.items() if name.startswith(f"{PROMPT}.")})
        rule = next((rule for rule in rules if rule.skips(contents[-1])), None)
        if rule is not None:
            cells.append(Cell(places, None, f"skipped by the rule {rule.text}"))
        elif base.reason:
            cells.append(Cell(places, None, base.reason))
        else:
            cells.append(_cell(operation, places, values, chosen, inputs))
    return _checked(tuple(axes), tuple(cells), rules, contents)


@dataclass(frozen=True)
class _Base:
    """The values of cells without their prompts, and the reason why none of them can be run."""

    values: Mapping[str, Any]
    reason: str


def _base(
    operation: str,
    model: str,
    raw: Mapping[str, Any],
    chosen: Mapping[str, AxisValue],
    connections: Mapping[str, ConnectionValue],
) -> _Base:
    model = str(chosen["model"].value) if "model" in chosen else model
    # Images and connections are identified by their names, which rules refer to.
    varied = {
        name: one.text if name in {IMAGE, CONNECTION} else one.value
        for name, one in chosen.items()
        if not name.startswith(PROMPT)
    }
    kept = {name: value for name, value in raw.items() if name not in varied}
    # What a cell's format needs may be hidden in the form, where another format is chosen.
    fitted = fit(operation, model, {**kept, **varied}).values
    # Each cell is sent on its own, without earlier turns.
    fitted = {name: value for name, value in fitted.items() if name not in OF_TURNS}
    values = {**fitted, **varied, "model": model}
    return _Base(values, _reason(operation, model, values, chosen, connections))


def _reason(
    operation: str,
    model: str,
    values: Mapping[str, Any],
    chosen: Mapping[str, AxisValue],
    connections: Mapping[str, ConnectionValue],
) -> str:
    """Return why a cell's connection or model does not take what varies, or ""."""
    if CONNECTION in chosen and model in connections[chosen[CONNECTION].value].lacks:
        return f"{chosen[CONNECTION].text} does not list {model}"
    taken = {parameter.name for parameter in applicable(operation, model, values)}
    labels = {one.name: one.label for one in OPERATIONS[operation].parameters}
    refused = next((name for name in chosen if name in labels and name not in taken), None)
    return f"{model} takes no {labels[refused].lower()} here" if refused else ""


def _cell(
    operation: str, places: tuple[int, ...], values: Mapping[str, Any], chosen: Mapping[str, AxisValue], inputs: Inputs
) -> Cell:
    images = inputs.images
    if IMAGE in chosen:
        images = tuple(image for image in images if image.sha256 == chosen[IMAGE].value)[:1]
    outcome = resolve(operation, str(values["model"]), values, images=images, mask=inputs.mask, markup=inputs.markup)
    if isinstance(outcome, Request):
        return Cell(places, outcome)
    return Cell(places, None, " ".join(problem.message for problem in outcome))


def _checked(
    axes: tuple[Axis, ...], cells: tuple[Cell, ...], rules: Sequence[SkipRule], contents: Sequence[Mapping[str, Any]]
) -> Plan:
    unused = [f"The rule {rule.text} skips nothing." for rule in unused_rules(rules, contents)]
    if any(cell.request for cell in cells):
        return Plan(axes, cells, notes=tuple(unused))
    if all(cell.reason.startswith("skipped") for cell in cells):
        return Plan(axes, cells, (Problem(RULES, "The rules skip every cell, so there is nothing to run."),))
    reason = next(cell.reason for cell in cells if not cell.reason.startswith("skipped"))
    return Plan(axes, cells, (Problem(SHEET, f"No cell can be run: {reason}"),), tuple(unused))
