"""Presets: styles, and named sets of parameters for an operation; a person's own or the team's."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, literal, or_, select

from components.library.db.dialects import insert_new, lock_row
from components.library.db.tables.prompt_tables import preset_defaults, presets
from components.library.errors import explained
from components.library.store import Library
from components.parameters import OPERATIONS, Invalid, read_recipe
from components.parameters.prompts.prompt_variables import variables_of
from components.parameters.prompts.styles import Style
from components.parameters.recipes.recipe import VERSION

STYLE = "style"
LONGEST_NAME = 80
LONGEST_STYLE = 2000
MOST = 200  # presets of a kind that one person has, and as many of the team


@dataclass(frozen=True)
class Preset:
    """A named set of parameters: the values by name, the model among them. Without an owner it is the team's."""

    id: str
    name: str
    owner: str
    values: Mapping[str, Any]


def add_style(library: Library, name: str, text: str, *, is_before: bool = False, owner: str = "") -> str:
    """Store a style and return its id. Raise ValueError for an unusable name or text, or a name that is taken."""
    text = " ".join(text.split())
    if not text:
        raise ValueError("Enter the text that the style adds.")
    if len(text) > LONGEST_STYLE:
        raise ValueError(f"A style has at most {LONGEST_STYLE:,} characters; this one has {len(text):,}.")
    if variables_of(text):
        raise ValueError("A style cannot contain {{variables}}.")
    return _add(library, STYLE, name, {"text": text, "is_before": is_before}, owner)


def add_preset(library: Library, operation: str, name: str, values: Mapping[str, Any], *, owner: str = "") -> str:
    """Store parameters without the prompt and return their id. Raise ValueError for an unusable or taken name."""
    recipe = {"image_workbench": VERSION, "operation": operation, "values": values, "model": values.get("model")}
    try:
        kept = read_recipe(recipe)[1]
    except Invalid as invalid:
        raise ValueError(invalid.message) from invalid
    for name_left_out in ("prompt", "text", "user"):
        kept.pop(name_left_out, None)
    return _add(library, operation, name, kept, owner)


def _add(library: Library, kind: str, name: str, content: Mapping[str, Any], owner: str) -> str:
    name = " ".join("".join(one if one.isprintable() else " " for one in name).split())[:LONGEST_NAME]
    if not name:
        raise ValueError("Enter a name.")
    preset_id = secrets.token_hex(10)
    row = {"id": preset_id, "kind": kind, "name": name, "owner": owner, "created": time.time()}
    beside = presets.c.kind == kind, presets.c.owner == owner
    count = select(func.count()).select_from(presets).where(*beside)
    whose = "You have" if owner else "The team has"
    with explained(library.folder), library.engine.begin() as connection:
        if connection.execute(select(presets.c.id).where(*beside, presets.c.name == name).limit(1)).first():
            noun = "style" if kind == STYLE else "preset"
            raise ValueError(f"{whose} a {noun} “{name}” already. Enter another name, or delete that one first.")
        if connection.execute(count).scalar_one() >= MOST:
            raise ValueError(f"{whose} {MOST} already. Delete one that is no longer used.")
        connection.execute(insert(presets).values(**row, content=dict(content)))
    return preset_id


def styles_of(library: Library, owner: str) -> list[tuple[Style, str]]:
    """Return the team's styles and a person's own, by name, each with its owner."""
    return [
        (Style(row.id, row.name, str(row.content.get("text") or ""), row.content.get("is_before") is True), row.owner)
        for row in _rows(library, STYLE, owner)
    ]


def presets_of(library: Library, operation: str, owner: str) -> list[Preset]:
    """Return the team's sets of parameters and a person's own, by name."""
    assert operation in OPERATIONS
    return [_preset(row) for row in _rows(library, operation, owner)]


def _preset(row: Row[Any]) -> Preset:
    return Preset(row.id, row.name, row.owner, row.content)


def _rows(library: Library, kind: str, owner: str) -> list[Row[Any]]:
    query = select(presets).where(presets.c.kind == kind, or_(presets.c.owner == "", presets.c.owner == owner))
    with explained(library.folder), library.engine.connect() as connection:
        found = connection.execute(query.order_by(presets.c.name, presets.c.id).limit(2 * MOST)).all()
    return [row for row in found if isinstance(row.content, Mapping)]


def delete_preset(library: Library, preset_id: str) -> tuple[str, str, str] | None:
    """Delete a style or a set of parameters; connections that begin with it begin with nothing.

    Return its kind, name and owner ("" for the team); None if it was gone already.
    """
    here = presets.c.id == preset_id
    with explained(library.folder), library.engine.begin() as connection:
        found = connection.execute(select(presets.c.kind, presets.c.name, presets.c.owner).where(here)).one_or_none()
        is_gone = connection.execute(delete(presets).where(here)).rowcount
    return (found.kind, found.name, found.owner) if found is not None and is_gone else None


def set_default_preset(library: Library, connection_id: str, operation: str, preset_id: str | None) -> None:
    """Let an untouched form begin with one of the team's presets on a connection; None for no preset."""
    here = preset_defaults.c.connection_id == connection_id, preset_defaults.c.kind == operation
    columns = ["connection_id", "kind", "preset_id"]
    row = select(literal(connection_id), presets.c.kind, presets.c.id)
    row = row.where(presets.c.id == preset_id, presets.c.kind == operation, presets.c.owner == "")
    with explained(library.folder), library.engine.begin() as connection:
        if preset_id is not None:
            lock_row(connection, presets.c.id, preset_id)
        connection.execute(delete(preset_defaults).where(*here))
        if preset_id is not None:
            connection.execute(insert_new(connection, preset_defaults).from_select(columns, row))


def default_preset(library: Library, connection_id: str, operation: str) -> Preset | None:
    """Return the preset that an untouched form begins with on a connection, or None."""
    query = select(presets).join(preset_defaults, preset_defaults.c.preset_id == presets.c.id)
    query = query.where(preset_defaults.c.connection_id == connection_id, preset_defaults.c.kind == operation)
    with explained(library.folder), library.engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None or not isinstance(row.content, Mapping) else _preset(row)
