"""Cells that a person left out of a sheet by hand, kept while the sheet around them changes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from components.parameters.sheets.axes import PROMPT, PROMPT_LINES, Axis
from components.parameters.sheets.cells import Plan

Places = tuple[int, ...]


@dataclass(frozen=True)
class Trim:
    """The cells that were left out of a plan by their places, and the names and values of that plan's axes."""

    axes: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    places: frozenset[Places] = frozenset()


def trim_of(plan: Plan, places: Iterable[Places]) -> Trim:
    """Return what is left out of a plan, so that it can be found again in another one.

    Places that the plan does not have are dropped: those in a recipe are anybody's.
    """
    axes = tuple((axis.name, tuple(one.value for one in axis.values)) for axis in plan.axes)
    return Trim(axes, frozenset(places) & {cell.places for cell in plan.cells})


def carried(trim: Trim, plan: Plan) -> frozenset[Places]:
    """Return the places in a plan of the cells that mean the same as those that were left out.

    A cell with a value that is new is not left out. Along an axis that is new, all cells are left out whose other
    values were. Where an axis has gone, a cell is left out if all cells along that axis were.
    """
    if not trim.places or not plan.cells:
        return frozenset()
    continued = _continued(trim, plan.axes)
    kept = sorted(old for old, _ in continued.values())
    dropped = math.prod(len(values) for place, (_, values) in enumerate(trim.axes) if place not in kept)
    known = [places for places in trim.places if len(places) == len(trim.axes)]  # others are of an older draft
    left_out = Counter(tuple(places[old] for old in kept) for places in known)

    def is_left_out(places: Places) -> bool:
        former: dict[int, int] = {}
        for new, (old, places_of) in continued.items():
            if (found := places_of.get(places[new])) is None:
                return False
            former[old] = found
        return left_out[tuple(former[old] for old in kept)] == dropped

    return frozenset(cell.places for cell in plan.cells if is_left_out(cell.places))


def _continued(trim: Trim, axes: Sequence[Axis]) -> dict[int, tuple[int, dict[int, int]]]:
    """Return, by the place of an axis, the place of the former axis that it continues, and its values' former places.

    Braces of a prompt are numbered, so they are found by their values; any other axis by its name.
    """
    pairs = []
    for new, axis in enumerate(axes):
        for old, (name, values) in enumerate(trim.axes):
            if axis.name == name or (_is_braces(axis.name) and _is_braces(name)):
                common = _places_of(axis, values)
                pairs.append((-len(common), axis.name != name, new, old, common))
    found: dict[int, tuple[int, dict[int, int]]] = {}
    for _, _, new, old, common in sorted(pairs, key=lambda pair: pair[:4]):
        if common and new not in found and all(old != taken for taken, _ in found.values()):
            found[new] = old, common
    return found


def _places_of(axis: Axis, former: Sequence[Any]) -> dict[int, int]:
    """Return the former places of an axis's values; of several lines, one in other words is the line at its place."""
    known = {(type(value), value): place for place, value in enumerate(former)}
    values = [(type(one.value), one.value) for one in axis.values]
    found = {place: known[value] for place, value in enumerate(values) if value in known}
    if axis.name == PROMPT_LINES and len(values) == len(former):
        taken = set(found.values())
        found |= {place: place for place in range(len(values)) if place not in found and place not in taken}
    return found


def _is_braces(name: str) -> bool:
    return name.startswith(f"{PROMPT}.") and name != PROMPT_LINES
