"""Drafts as JSON: the states that a session keeps of what was not sent, written so that a later version can read them.

Only values of plain types and of the app's own dataclasses are written and read. Fields that a dataclass hides from its
`repr`, such as keys, are left out. What cannot be read is left out as well: a draft is worth having in part.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

# Bytes of one state and of a whole draft; what is larger is left out.
MOST_OF_STATE = 400_000
MOST = 2_000_000

_PLAIN = (str, int, float, bool, type(None))
_SEQUENCES: Mapping[str, type[Iterable[Any]]] = {"tuple": tuple, "set": set, "frozenset": frozenset}
_OWN = "components."


def to_json(states: Mapping[str, Any]) -> str:
    """Return states by their keys as JSON. Raise RuntimeError if one is changed meanwhile."""
    written: dict[str, str] = {}
    room = MOST
    for key, value in states.items():
        try:
            text = json.dumps(_encoded(value), separators=(",", ":"))
        except (TypeError, ValueError):
            log.warning("Could not keep the draft of %s.", key)
            continue
        if len(text) <= min(room, MOST_OF_STATE):
            written[key] = text
            room -= len(text)
    return "{" + ",".join(f"{json.dumps(key)}:{text}" for key, text in written.items()) + "}"


def from_json(text: str) -> dict[str, Any]:
    """Return the states of `to_json`; those that this version cannot read are left out."""
    found: dict[str, Any] = {}
    for key, value in json.loads(text).items():
        try:
            found[key] = _decoded(value)
        except (TypeError, ValueError, KeyError, AttributeError, ImportError):
            log.warning("Could not read the draft of %s.", key)
    return found


def _encoded(value: Any) -> Any:
    if isinstance(value, Enum):
        return {"enum": _name(type(value)), "of": value.value}
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list):
        return [_encoded(one) for one in value]
    if isinstance(value, Mapping):
        return {"dict": [[_encoded(key), _encoded(one)] for key, one in value.items()]}
    if is_dataclass(value) and type(value).__module__.startswith(_OWN):
        value = value.condensed() if hasattr(value, "condensed") else value
        shown = {one.name: _encoded(getattr(value, one.name)) for one in _written(type(value))}
        return {"class": _name(type(value)), "of": shown}
    if isinstance(value, Path):
        return {"path": str(value)}
    for name, kind in _SEQUENCES.items():
        if isinstance(value, kind):
            return {name: [_encoded(one) for one in value]}
    raise TypeError(f"{type(value)} is not kept in drafts")


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(one) for one in value]
    if not isinstance(value, dict):
        return value
    for name, read in _READERS.items():
        if name in value:
            return read(value)
    raise ValueError("unknown kind of value")


def _read_object(value: Mapping[str, Any]) -> Any:
    kind = _kind(value["class"])
    if not is_dataclass(kind):
        raise TypeError(f"{kind} is not a dataclass")
    known = {one.name for one in _written(kind)}
    return kind(**{name: _decoded(one) for name, one in value["of"].items() if name in known})


def _read_enum(value: Mapping[str, Any]) -> Any:
    kind = _kind(value["enum"])
    if not issubclass(kind, Enum):
        raise TypeError(f"{kind} is not an enum")
    return kind(value["of"])


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "class": _read_object,
    "enum": _read_enum,
    "dict": lambda value: {_decoded(key): _decoded(one) for key, one in value["dict"]},
    "path": lambda value: Path(value["path"]),
    "tuple": lambda value: tuple(_decoded(one) for one in value["tuple"]),
    "set": lambda value: {_decoded(one) for one in value["set"]},
    "frozenset": lambda value: frozenset(_decoded(one) for one in value["frozenset"]),
}


def _written(kind: type) -> Iterator[Field[Any]]:
    """Yield the fields that are kept: those of a draft, else all but those that are hidden and not needed."""
    drafted = [one for one in fields(kind) if one.metadata.get("draft")]
    for one in drafted or fields(kind):
        is_needed = one.default is MISSING and one.default_factory is MISSING
        if one.init and (one.repr or is_needed):
            yield one


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _kind(name: str) -> type:
    module, _, qualified = name.partition(":")
    if not module.startswith(_OWN):
        raise ValueError(f"{module} is not of this app")
    kind = getattr(importlib.import_module(module), qualified)
    if not isinstance(kind, type):
        raise TypeError(f"{name} is not a class")
    return kind
