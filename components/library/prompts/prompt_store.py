"""Saved prompts, with immutable versions, labels that move between versions, tags, and results."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, literal, select, update

from components.library.annotations import clean_tag
from components.library.db.dialects import insert_new, lock_row
from components.library.db.tables.prompt_tables import (
    prompt_labels,
    prompt_runs,
    prompt_sheets,
    prompt_tags,
    prompt_versions,
    prompts,
)
from components.library.errors import explained
from components.library.store import Library
from components.parameters import Invalid, read_recipe
from components.parameters.recipes.recipe import VERSION

LONGEST_NAME = 120
LONGEST_TEXT = 32_000
LONGEST_NOTE = 500
LONGEST_LABEL = 40
MOST_TAGS = 20
MOST_LABELS = 20


def prompt_name(text: str) -> str:
    """Return a name for a prompt: its first words."""
    words = " ".join(text.split())
    return words if len(words) <= 50 else f"{words[:49].rpartition(' ')[0] or words[:49]}…"


def add_prompt(
    library: Library, recipe: Mapping[str, Any], *, name: str = "", owner: str = "", note: str = "", tags: Any = ()
) -> str:
    """Store a prompt with its first version and return its id. Raise ValueError for an unusable recipe or tag."""
    values, clean = _version(recipe, owner, note), [clean_tag(str(tag)) for tag in tags][:MOST_TAGS]
    prompt_id = f"{int(time.time() * 1000):011x}{secrets.token_hex(5)}"
    name = _name(name) or prompt_name(values["text"])
    with explained(library.folder), library.engine.begin() as connection:
        row = {"id": prompt_id, "name": name, "owner": owner, "created": values["created"]}
        connection.execute(insert(prompts).values(**row))
        connection.execute(insert(prompt_versions).values(prompt_id=prompt_id, number=1, **values))
        _insert_tags(connection, prompt_id, clean)
    return prompt_id


def add_version(
    library: Library, prompt_id: str, recipe: Mapping[str, Any], *, owner: str = "", note: str = ""
) -> int | None:
    """Store a prompt's next version and return its number; None for a prompt that was deleted.

    Raise ValueError, and NotAllowed for somebody else's prompt.
    """
    library.require_own("prompt", [prompt_id])
    values = _version(recipe, owner, note)
    # The prompt is locked, so that two people at once receive two numbers.
    newest = select(func.max(prompt_versions.c.number)).where(prompt_versions.c.prompt_id == prompt_id)
    columns = {name: literal(value, prompt_versions.c[name].type) for name, value in values.items()}
    row = select(prompts.c.id, newest.scalar_subquery() + 1, *columns.values()).where(prompts.c.id == prompt_id)
    with explained(library.folder), library.engine.begin() as connection:
        lock_row(connection, prompts.c.id, prompt_id)
        if not connection.execute(insert(prompt_versions).from_select(["prompt_id", "number", *columns], row)).rowcount:
            return None
        return int(connection.execute(newest).scalar_one())


def same_version(library: Library, recipe: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return a prompt and version that has this text and these values already. Raise ValueError."""
    values = _version(recipe, "", "")
    query = select(prompt_versions).where(prompt_versions.c.text == values["text"]).limit(200)
    with explained(library.folder), library.engine.connect() as connection:
        for row in connection.execute(query):
            if row.recipe == values["recipe"]:
                return row.prompt_id, row.number
    return None


def rename_prompt(library: Library, prompt_id: str, name: str) -> None:
    """Give a prompt another name. Raise ValueError for an empty one, and NotAllowed for somebody else's."""
    library.require_own("prompt", [prompt_id])
    if not _name(name):
        raise ValueError("A prompt needs a name.")
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(update(prompts).where(prompts.c.id == prompt_id).values(name=_name(name)))


def delete_prompt(library: Library, prompt_id: str) -> None:
    """Delete a prompt with all its versions. Runs that were made from it stay. Raise NotAllowed for another's."""
    library.require_own("prompt", [prompt_id])
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(prompts).where(prompts.c.id == prompt_id))


def tag_prompt(library: Library, prompt_id: str, tags: Sequence[str]) -> None:
    """Replace a prompt's tags. Raise ValueError for a bad one."""
    clean = list(dict.fromkeys(clean_tag(tag) for tag in tags))
    if len(clean) > MOST_TAGS:
        raise ValueError(f"A prompt has at most {MOST_TAGS} tags.")
    with explained(library.folder), library.engine.begin() as connection:
        lock_row(connection, prompts.c.id, prompt_id)
        connection.execute(delete(prompt_tags).where(prompt_tags.c.prompt_id == prompt_id))
        _insert_tags(connection, prompt_id, clean)


def _insert_tags(connection: Connection, prompt_id: str, clean: Sequence[str]) -> None:
    for tag in dict.fromkeys(clean):
        row = select(prompts.c.id, literal(tag)).where(prompts.c.id == prompt_id)
        connection.execute(insert(prompt_tags).from_select(["prompt_id", "tag"], row))


def set_label(library: Library, prompt_id: str, label: str, number: int | None, *, owner: str = "") -> None:
    """Move a label to a version, from wherever it stood; None takes it away.

    Raise ValueError for a bad label, and NotAllowed for somebody else's prompt.
    """
    library.require_own("prompt", [prompt_id])
    label = " ".join(label.split()).casefold()
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        raise ValueError(f"A label has 1 to {LONGEST_LABEL} characters.")
    here = prompt_labels.c.prompt_id == prompt_id
    with explained(library.folder), library.engine.begin() as connection:
        lock_row(connection, prompts.c.id, prompt_id)
        connection.execute(delete(prompt_labels).where(here, prompt_labels.c.label == label))
        if number is None:
            return
        count = connection.execute(select(func.count()).select_from(prompt_labels).where(here)).scalar_one()
        if count >= MOST_LABELS:
            raise ValueError(f"A prompt has at most {MOST_LABELS} labels.")
        values = {"label": label, "owner": owner, "moved": time.time()}
        versions = prompt_versions.c
        row = select(versions.prompt_id, versions.number, *map(literal, values.values()))
        row = row.where(versions.prompt_id == prompt_id, versions.number == number)
        connection.execute(insert(prompt_labels).from_select(["prompt_id", "number", *values], row))


def note_prompt_run(library: Library, run_id: str, prompt_id: str, number: int) -> None:
    """Note that a run was made from a version; nothing for a run or version that is not there."""
    _note_use(library, prompt_runs, "run_id", run_id, prompt_id, number)


def note_prompt_sheet(library: Library, sheet_id: str, prompt_id: str, number: int) -> None:
    """Note that a sheet was made from a version; nothing for a sheet or version that is not there."""
    _note_use(library, prompt_sheets, "sheet_id", sheet_id, prompt_id, number)


def _note_use(library: Library, table: Any, column: str, made: str, prompt_id: str, number: int) -> None:
    versions = prompt_versions.c
    row = select(literal(made), versions.prompt_id, versions.number)
    row = row.where(versions.prompt_id == prompt_id, versions.number == number)
    row = row.where(~exists().where(table.c[column] == made))
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(insert_new(connection, table).from_select([column, "prompt_id", "number"], row))


def _name(name: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in name).split())[:LONGEST_NAME]


def _version(recipe: Mapping[str, Any], owner: str, note: str) -> dict[str, Any]:
    """Return the columns of a version: only known parameters, no input images and no person's name."""
    try:
        operation, raw = read_recipe({"image_workbench": VERSION, **recipe})
    except Invalid as invalid:
        raise ValueError(invalid.message) from invalid
    text, model = str(raw.pop("prompt", "")), str(raw.pop("model", ""))
    raw.pop("user", None)
    if not text.strip():
        raise ValueError("Write a prompt first.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"A saved prompt has at most {LONGEST_TEXT:,} characters; this one has {len(text):,}.")
    values = {"prompt": text, **dict(sorted(raw.items()))}
    kept = {"image_workbench": VERSION, "operation": operation, "model": model, "values": values, "inputs": []}
    note = " ".join(note.split())[:LONGEST_NOTE]
    return {"text": text, "recipe": kept, "owner": owner, "created": time.time(), "note": note}
