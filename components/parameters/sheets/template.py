"""A sheet before it is run, as JSON data: it is stored with the sheet, run again, and extended."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any

from components.parameters.kinds import Invalid, shorten
from components.parameters.operations import OPERATIONS
from components.parameters.rules import Inputs, Problem
from components.parameters.sheets.axes import (
    CONNECTION,
    MAX_VALUES,
    PROMPT,
    PROMPT_LINES,
    Axis,
    AxisValue,
    ConnectionValue,
    connection_axis,
    parameter_axis,
)
from components.parameters.sheets.cells import MAX_CELLS, Plan, plan_cells
from components.parameters.sheets.prompt_syntax import PromptTemplate, read_prompt
from components.parameters.sheets.skip_rules import SkipRule, read_rules

# A person's name, and images, which are files.
_NOT_KEPT = frozenset({"user", "image", "mask", "markup"})


@dataclass(frozen=True)
class SheetTemplate:
    """What makes a sheet: the form's values, the values of what varies, rules, and how the prompt is read.

    `is_plain`: braces are not read. `by_line`: each line of the prompt is a prompt. `lists` are the saved lists at the
    time, so that a sheet is made again as it was. `added` are values that were added to the prompt's axes later.
    `inputs` are the images, which are stored beside the JSON data; `extra` is kept with each run. `connections` are
    those that vary, by id. `left_out` are the places of the cells that were left out by hand.
    """

    operation: str
    model: str
    values: Mapping[str, Any]
    varied: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    rules: str = ""
    by_line: bool = False
    is_plain: bool = False
    seed: int = 0
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    added: Mapping[str, Sequence[str]] = field(default_factory=dict)
    inputs: Inputs = field(default_factory=Inputs)
    extra: Mapping[str, Any] = field(default_factory=dict)
    connections: Mapping[str, ConnectionValue] = field(default_factory=dict)
    left_out: Sequence[tuple[int, ...]] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data, without its images."""
        data = asdict(replace(self, inputs=Inputs()))
        del data["inputs"]
        return {**data, "values": {key: value for key, value in data["values"].items() if key not in _NOT_KEPT}}

    def with_values(self, axis: str, values: Sequence[Any]) -> SheetTemplate:
        """Return it with more values at the end of an axis; those that are there already are left out by the plan."""
        if axis.startswith(PROMPT):
            return replace(self, added={**self.added, axis: (*self.added.get(axis, ()), *map(str, values))})
        return replace(self, varied={**self.varied, axis: (*self.varied.get(axis, ()), *values)})


def read_template(data: Any, *, is_ours: bool = False) -> SheetTemplate:
    """Return the template of JSON data, without its images. Raise Invalid for anything else.

    `is_ours`: the data is out of this library, so what is kept with runs and the connections are read too.
    """
    if not isinstance(data, Mapping) or data.get("operation") not in OPERATIONS:
        raise Invalid("This contains no sheet.")
    known = {one.name for one in OPERATIONS[str(data["operation"])].parameters}
    values, varied, lists, added = (_mapping(data.get(name)) for name in ("values", "varied", "lists", "added"))
    connections = _mapping(data.get("connections")) if is_ours else {}
    axes = known | {CONNECTION} if connections else known
    return SheetTemplate(
        operation=str(data["operation"]),
        model=str(data.get("model") or ""),
        values={name: value for name, value in values.items() if name in known},
        varied={name: tuple(some) for name, some in varied.items() if name in axes and isinstance(some, list | tuple)},
        rules=str(data.get("rules") or ""),
        by_line=data.get("by_line") is True,
        is_plain=data.get("is_plain") is True,
        seed=data["seed"] if isinstance(data.get("seed"), int) else 0,
        lists=_texts(lists),
        added=_texts(added),
        extra=_mapping(data.get("extra")) if is_ours else {},
        connections={key: ConnectionValue(one["name"], tuple(one["lacks"])) for key, one in connections.items()},
        left_out=_without_axes(_places(data.get("left_out")), varied, axes),
    )


def _without_axes(
    left_out: tuple[tuple[int, ...], ...], varied: Mapping[str, Any], known: Collection[str]
) -> tuple[tuple[int, ...], ...]:
    """Return the places of cells along the known axes: of those that were left out along all of each other axis.

    What varies stands in its order at the end of the places, after the prompt's axes.
    """
    several = [(name, values) for name, values in varied.items() if isinstance(values, list | tuple)]
    for place, (name, values) in enumerate(several):
        if name not in known:
            at = len(several) - place  # from the end: what is dropped moves no place after it
            found = Counter((*one[:-at], *one[len(one) - at + 1 :]) for one in set(left_out) if len(one) >= at)
            left_out = tuple(one for one, count in found.items() if count == len(set(map(str, values))))
    return left_out


def _places(data: Any) -> tuple[tuple[int, ...], ...]:
    """Return what can be read as places of cells; no more than a sheet can have."""
    several = (list, tuple)
    listed = [one for one in data[:MAX_CELLS] if isinstance(one, several)] if isinstance(data, several) else []
    return tuple(tuple(one) for one in listed if all(type(place) is int and 0 <= place < MAX_VALUES for place in one))


def _texts(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {str(name): tuple(map(str, some)) for name, some in data.items() if isinstance(some, list | tuple)}


def _mapping(data: Any) -> Mapping[str, Any]:
    return data if isinstance(data, Mapping) else {}


def make_plan(template: SheetTemplate) -> Plan:
    """Return the cells of a template, or all its problems. Never raises for bad values."""
    operation, problems = template.operation, list[Problem]()
    prompts, axes = _prompts(template)
    is_read = not isinstance(prompts, tuple)
    if isinstance(prompts, tuple):
        problems, prompts = list(prompts), {}
    axes = [
        _extended(axis, template.added.get(axis.name, ())) if axis.name != PROMPT_LINES else axis  # it has them
        for axis in axes
    ]
    problems += [
        Problem(PROMPT, f"{axis.label} has {len(axis.values)} values; a sheet takes at most {MAX_VALUES} of each.")
        for axis in axes
        if len(axis.values) > MAX_VALUES
    ]
    for name, values in template.varied.items():
        if name == CONNECTION:
            axis = connection_axis(values, template.connections)
        else:
            axis = parameter_axis(operation, name, values, template.inputs.images)
        if isinstance(axis, Problem):
            problems.append(axis)
        else:
            axes.append(axis)
    labels = {CONNECTION: "Connection", **{one.name: one.label for one in OPERATIONS[operation].parameters}}
    rules = read_rules(template.rules, {axis.name: axis.label for axis in axes} | labels)
    if is_read:  # else rules may name an axis that the prompt will make
        problems += [one for one in rules if isinstance(one, Problem)]
    if problems:
        return Plan(tuple(axes), problems=tuple(problems))
    known = [rule for rule in rules if isinstance(rule, SkipRule)]
    return plan_cells(
        operation, template.model, template.values, prompts, axes, known, template.inputs, template.connections
    )


def _extended(axis: Axis, added: Sequence[str]) -> Axis:
    known = {one.value for one in axis.values}
    new = [AxisValue(text, shorten(text)) for text in dict.fromkeys(added) if text.strip() and text not in known]
    return replace(axis, values=(*axis.values, *new))


def _prompts(template: SheetTemplate) -> tuple[Mapping[str, PromptTemplate] | tuple[Problem, ...], list[Axis]]:
    """Return the prompt's templates by line ("" without lines), and the axes that they make."""
    text = str(template.values.get(PROMPT) or "")
    if not template.by_line:
        complete = _read(text, template)
        return (complete, []) if isinstance(complete, tuple) else ({"": complete}, list(complete.axes))
    written = [*text.splitlines(), *template.added.get(PROMPT_LINES, ())]
    lines = list(dict.fromkeys(line.strip() for line in written if line.strip()))
    if len(lines) > MAX_VALUES:
        return (Problem(PROMPT, f"There are {len(lines):,} prompts; a sheet takes at most {MAX_VALUES}."),), []
    prompts: dict[str, PromptTemplate] = {}
    labels: dict[str, str] = {}
    problems: list[Problem] = []
    templates: list[PromptTemplate] = []
    for line in lines:
        read = _read(line, template)
        if isinstance(read, tuple):
            problems += read
        else:
            templates.append(read)
    count = sum(math.prod(len(axis.values) for axis in read.axes) for read in templates)
    if count > MAX_VALUES:
        problems.append(Problem(PROMPT, f"The lines make {count:,} prompts; a sheet takes at most {MAX_VALUES}."))
    if problems or not lines:
        return tuple(problems) or (Problem(PROMPT, "Write a prompt, or several, one a line."),), []
    for line, read in zip(lines, templates, strict=True):
        for value, label, complete in _of_line(line, read):
            prompts.setdefault(value, complete)
            labels.setdefault(value, label)
    return prompts, [Axis(PROMPT_LINES, "Prompt", tuple(AxisValue(value, label) for value, label in labels.items()))]


def _of_line(line: str, read: PromptTemplate) -> Iterator[tuple[str, str, PromptTemplate]]:
    """Yield each prompt of a line as a value of the axis of lines, with the text over its cells and its template.

    Lines with different braces have no rows in common, so they make one axis. Long texts begin with what differs.
    """
    if not read.axes:
        yield line, shorten(line), read
        return
    for values in product(*(axis.values for axis in read.axes)):
        text = read.text({axis.name: one for axis, one in zip(read.axes, values, strict=True)})
        chosen = " · ".join(one.text for one in values)
        yield text, text if shorten(text) == text else shorten(f"{chosen}: {text}"), PromptTemplate((text,), ())


def _read(text: str, template: SheetTemplate) -> PromptTemplate | tuple[Problem, ...]:
    if template.is_plain:
        return PromptTemplate((text,), ())
    return read_prompt(text, template.lists, seed=template.seed)
