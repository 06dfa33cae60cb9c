"""Read saved prompts: search, versions, and the results of each version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, not_, or_, select

from components.library.db.rows import stored_output
from components.library.db.schema import IN_TRASH, IS_ANSWER, outputs, sheet_cells
from components.library.db.tables.prompt_tables import (
    prompt_labels,
    prompt_runs,
    prompt_sheets,
    prompt_tags,
    prompt_versions,
    prompts,
)
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.records import StoredOutput

MOST_WORDS = 8


@dataclass(frozen=True)
class PromptVersion:
    """One version of a prompt; `created` in unix seconds. `recipe` has its operation, model and values."""

    prompt_id: str
    number: int
    text: str
    recipe: Mapping[str, Any]
    owner: str
    created: float
    note: str

    @property
    def operation(self) -> str:
        """Return the operation that its values are of."""
        return str(self.recipe.get("operation"))


@dataclass(frozen=True)
class PromptLabel:
    """A label on a version, by whom and when (unix seconds) it was put there."""

    label: str
    number: int
    owner: str
    moved: float


@dataclass(frozen=True)
class StoredPrompt:
    """A prompt with its newest version, its tags, and its labels by name."""

    id: str
    name: str
    owner: str
    newest: PromptVersion
    tags: tuple[str, ...] = ()
    labels: tuple[PromptLabel, ...] = ()


def find_prompts(library: LibraryHandle, words: str = "", tag: str = "", limit: int = 100) -> list[StoredPrompt]:
    """Return the prompts whose name, newest text or tags have all the words, the last changed first."""
    query = _newest().order_by(prompt_versions.c.created.desc(), prompts.c.id).limit(limit)
    for word in words.split()[:MOST_WORDS]:
        of_tag = select(prompt_tags.c.prompt_id).where(prompt_tags.c.tag.icontains(word, autoescape=True))
        query = query.where(
            or_(
                prompts.c.name.icontains(word, autoescape=True),
                prompt_versions.c.text.icontains(word, autoescape=True),
                prompts.c.id.in_(of_tag),
            )
        )
    if tag:
        query = query.where(prompts.c.id.in_(select(prompt_tags.c.prompt_id).where(prompt_tags.c.tag == tag)))
    with explained(library.folder), library.engine.connect() as connection:
        return _with_marks(connection, connection.execute(query).all())


def find_prompt(library: LibraryHandle, prompt_id: str) -> StoredPrompt | None:
    """Return a prompt; None for an unknown id."""
    with explained(library.folder), library.engine.connect() as connection:
        found = _with_marks(connection, connection.execute(_newest().where(prompts.c.id == prompt_id)).all())
    return found[0] if found else None


def _newest() -> Any:
    number = select(func.max(prompt_versions.c.number)).where(prompt_versions.c.prompt_id == prompts.c.id)
    names = prompts.c.name, prompts.c.owner.label("made_by")
    query = select(*names, prompt_versions).join(prompt_versions, prompt_versions.c.prompt_id == prompts.c.id)
    return query.where(prompt_versions.c.number == number.correlate(prompts).scalar_subquery())


def _with_marks(connection: Connection, rows: Sequence[Row[Any]]) -> list[StoredPrompt]:
    ids = [row.prompt_id for row in rows]
    tags: dict[str, list[str]] = {}
    for row in connection.execute(select(prompt_tags).where(prompt_tags.c.prompt_id.in_(ids)).order_by("tag")):
        tags.setdefault(row.prompt_id, []).append(row.tag)
    labels: dict[str, list[PromptLabel]] = {}
    for row in connection.execute(select(prompt_labels).where(prompt_labels.c.prompt_id.in_(ids)).order_by("label")):
        labels.setdefault(row.prompt_id, []).append(PromptLabel(row.label, row.number, row.owner, row.moved))
    return [
        StoredPrompt(
            row.prompt_id,
            row.name,
            row.made_by,
            _version(row),
            tuple(tags.get(row.prompt_id, ())),
            tuple(labels.get(row.prompt_id, ())),
        )
        for row in rows
    ]


def _version(row: Row[Any]) -> PromptVersion:
    recipe = row.recipe if isinstance(row.recipe, Mapping) else {}
    return PromptVersion(row.prompt_id, row.number, row.text, recipe, row.owner, row.created, row.note)


def versions_of(library: LibraryHandle, prompt_id: str, limit: int = 200) -> list[PromptVersion]:
    """Return a prompt's versions, newest first."""
    query = select(prompt_versions).where(prompt_versions.c.prompt_id == prompt_id)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query.order_by(prompt_versions.c.number.desc()).limit(limit))
        return [_version(row) for row in rows]


def prompt_tag_counts(library: LibraryHandle, limit: int = 200) -> dict[str, int]:
    """Return the number of prompts with each tag, by tag."""
    query = select(prompt_tags.c.tag, func.count()).group_by(prompt_tags.c.tag).order_by(prompt_tags.c.tag)
    with explained(library.folder), library.engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query.limit(limit))}


def version_of_run(library: LibraryHandle, run_id: str) -> tuple[StoredPrompt, PromptVersion] | None:
    """Return the prompt and version that a run was made from; None for any other run."""
    query = select(prompt_versions).join(
        prompt_runs,
        (prompt_runs.c.prompt_id == prompt_versions.c.prompt_id) & (prompt_runs.c.number == prompt_versions.c.number),
    )
    with explained(library.folder), library.engine.connect() as connection:
        row = connection.execute(query.where(prompt_runs.c.run_id == run_id)).one_or_none()
    prompt = None if row is None else find_prompt(library, row.prompt_id)
    return None if row is None or prompt is None else (prompt, _version(row))


def prompt_of_sheet(library: LibraryHandle, sheet_id: str) -> StoredPrompt | None:
    """Return the prompt that a sheet was made from; None for any other sheet. Raise LibraryUnavailable."""
    query = select(prompt_sheets.c.prompt_id).where(prompt_sheets.c.sheet_id == sheet_id)
    with explained(library.folder), library.engine.connect() as connection:
        prompt_id = connection.execute(query).scalar_one_or_none()
    return None if prompt_id is None else find_prompt(library, prompt_id)


def outputs_of_version(library: LibraryHandle, prompt_id: str, number: int, limit: int = 24) -> list[StoredOutput]:
    """Return the newest images of runs and sheets that were made from a version, newest first."""
    of_runs = select(prompt_runs.c.run_id).where(prompt_runs.c.prompt_id == prompt_id, prompt_runs.c.number == number)
    of_sheets = (
        select(sheet_cells.c.run_id)
        .join(prompt_sheets, prompt_sheets.c.sheet_id == sheet_cells.c.sheet_id)
        .where(prompt_sheets.c.prompt_id == prompt_id, prompt_sheets.c.number == number)
    )
    query = (
        select(outputs)
        .where(or_(outputs.c.run_id.in_(of_runs), outputs.c.run_id.in_(of_sheets)))
        .where(not_(IS_ANSWER), not_(IN_TRASH))
        .order_by(outputs.c.created.desc(), outputs.c.id)
        .limit(limit)
    )
    with explained(library.folder), library.engine.connect() as connection:
        return [stored_output(row._mapping) for row in connection.execute(query)]
