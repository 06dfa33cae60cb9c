"""The tables of saved prompts and presets. They share the metadata of `schema`."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Table, Text, text

from components.library.db.schema import metadata

prompts = Table(
    "prompts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("created", Float, nullable=False),
)


def _of_version(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["prompt_id", "number"],
        ["prompt_versions.prompt_id", "prompt_versions.number"],
        name=f"fk_{name}_prompt_id",
        ondelete="CASCADE",
    )


# A row never changes. `recipe` is that of `parameters.recipe` without inputs; `text` is its prompt, to be searched.
prompt_versions = Table(
    "prompt_versions",
    metadata,
    Column("prompt_id", String(32), ForeignKey("prompts.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("recipe", JSON, nullable=False),
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("created", Float, nullable=False),
    Column("note", Text, nullable=False, server_default=text("''")),
)

# A label stands on one version of a prompt, and can be moved.
prompt_labels = Table(
    "prompt_labels",
    metadata,
    Column("prompt_id", String(32), primary_key=True),
    Column("label", String(40), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("moved", Float, nullable=False),
    _of_version("prompt_labels"),
)

prompt_tags = Table(
    "prompt_tags",
    metadata,
    Column("prompt_id", String(32), ForeignKey("prompts.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(100), primary_key=True),
)

# The runs and sheets that were made from a version.
prompt_runs = Table(
    "prompt_runs",
    metadata,
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("prompt_id", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    _of_version("prompt_runs"),
    Index("ix_prompt_runs_prompt_id_number", "prompt_id", "number"),
)

prompt_sheets = Table(
    "prompt_sheets",
    metadata,
    Column("sheet_id", String(32), ForeignKey("sheets.id", ondelete="CASCADE"), primary_key=True),
    Column("prompt_id", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    _of_version("prompt_sheets"),
    Index("ix_prompt_sheets_prompt_id_number", "prompt_id", "number"),
)

# The checks that a new sheet of a prompt begins with: kind and settings as those of `checks`.
prompt_checks = Table(
    "prompt_checks",
    metadata,
    Column("prompt_id", String(32), ForeignKey("prompts.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("settings", JSON, nullable=False),
)

# A style ("style"), or parameters of the operation that `kind` names. Without an owner it is the team's.
presets = Table(
    "presets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("content", JSON, nullable=False),
    Column("created", Float, nullable=False),
)

# The preset that an operation's untouched form begins with on a connection.
preset_defaults = Table(
    "preset_defaults",
    metadata,
    Column("connection_id", String(200), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("preset_id", String(32), ForeignKey("presets.id", ondelete="CASCADE"), nullable=False),
)
