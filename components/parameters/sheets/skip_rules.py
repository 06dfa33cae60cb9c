"""Rules that leave cells out of a sheet: `quality=max & model=flare`, one rule a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.parameters.kinds import shorten
from components.parameters.rules import Problem

RULES = "skip_rules"
MAX_RULES = 50

_CONDITION = re.compile(r"\s*([^=!&]{1,64}?)\s*(!?=)\s*(\S.*?)\s*")
_QUOTES = "\"'“”"


@dataclass(frozen=True)
class _Condition:
    name: str
    is_equal: bool
    value: str

    def holds(self, values: Mapping[str, Any]) -> bool:
        return is_value(values.get(self.name), self.value) is self.is_equal


@dataclass(frozen=True)
class SkipRule:
    """All its conditions must hold for a cell to be skipped."""

    text: str
    conditions: tuple[_Condition, ...]

    def skips(self, values: Mapping[str, Any]) -> bool:
        """Return whether a cell with these values, by parameter name, is left out."""
        return all(condition.holds(values) for condition in self.conditions)


def is_value(value: Any, asked: str) -> bool:
    """Return whether a value matches: as a whole, by a word of it ("flare" of a model's id), or by several words."""
    complete, asked = str(value).casefold(), asked.casefold()
    if complete == asked:
        return True
    if " " in asked:
        return re.search(rf"(?<![\w.]){re.escape(asked)}(?![\w.])", complete) is not None
    return asked in re.split(r"[^\w.]+", complete)


def read_rules(text: str, names: Mapping[str, str]) -> tuple[SkipRule, ...] | tuple[Problem, ...]:
    """Return the rules of a text.

    `names` are the sheet's axes and the known parameters by name, with their labels: both can be written, also in
    quotation marks. A replacement's label can be written without its arrow.
    """
    known = {label.removesuffix(" →").casefold(): name for name, label in names.items()}
    known |= {label.casefold(): name for name, label in names.items()} | {name.casefold(): name for name in names}
    rules: list[SkipRule] = []
    problems: list[Problem] = []
    lines = [line for line in re.split(r"[\n;]", text) if line.strip()]
    if len(lines) > MAX_RULES:
        return (Problem(RULES, f"There are {len(lines):,} rules; at most {MAX_RULES} are read."),)
    for line in lines:
        conditions = [_condition(part, known, names) for part in line.split("&")]
        problems += [Problem(RULES, one) for one in conditions if isinstance(one, str)]
        rules.append(SkipRule(line.strip(), tuple(one for one in conditions if isinstance(one, _Condition))))
    return tuple(problems) if problems else tuple(rules)


def _condition(part: str, known: Mapping[str, str], names: Mapping[str, str]) -> _Condition | str:
    match = _CONDITION.fullmatch(part)
    if match is None:
        return f"“{shorten(part)}” is not a condition. Write a parameter, = or !=, and a value, such as quality=max."
    name = known.get(_unquoted(match[1]).casefold())
    if name is None:
        # What varies comes first. The axes of the prompt are known by their labels.
        writable = {one.casefold(): one for one in (label if "." in name else name for name, label in names.items())}
        listed = ", ".join(list(writable.values())[:12])
        return f"“{shorten(match[1])}” is not a parameter of this sheet. Known: {listed}."
    return _Condition(name, match[2] == "=", _unquoted(match[3]))


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 2 and text[0] in _QUOTES and text[-1] in _QUOTES
    return text[1:-1].strip() if is_quoted else text


def unused_rules(rules: Sequence[SkipRule], cells: Sequence[Mapping[str, Any]]) -> list[SkipRule]:
    """Return the rules that skip none of the cells, which usually means a misspelled value."""
    return [rule for rule in rules if not any(rule.skips(values) for values in cells)]
