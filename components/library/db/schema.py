"""The library's tables, in SQL types that other databases than SQLite have too.

Times are unix seconds, money is millionths of a dollar. A column has a `key` where its name in Python differs from the
name in existing databases and archives.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    exists,
    not_,
    text,
    true,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Columns of runs that pages are filtered by.
PAGED = ("operation", "model", "owner", "connection_id", "state")

# The final states of a run.
ENDED = ("done", "failed", "cancelled", "interrupted")

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("operation", String(16), nullable=False),
    Column("model", String(200), nullable=False),
    Column("connection_id", String(200), nullable=False),
    Column("connection_name", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("state", String(16), nullable=False),
    Column("process", String(32), nullable=False, server_default=text("''")),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Column("n", Integer, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("recipe", JSON, nullable=False),
    Column("parent_output", String(40)),
    Column("request_id", Text),
    Column("usage", JSON(none_as_null=True)),
    Column("cost_micros", BigInteger),
    Column("answer", JSON(none_as_null=True)),
    Column("error", JSON(none_as_null=True)),
    Column("text", Text, nullable=False, server_default=text("''")),
    Column("extra", JSON(none_as_null=True)),
    Column("estimate_low_micros", BigInteger),
    Column("estimate_high_micros", BigInteger),
    Column("thrown", Integer, key="purged_count", nullable=False, server_default=text("0")),
    Column("deleted_at", Float),
    Column("gone", Boolean, key="purged", nullable=False, server_default=text("false")),
    # Unix seconds; set by `archive.importer`. Spending leaves imported runs out.
    Column("imported_at", Float),
    # Seen by its owner alone; see `visible.visibility`.
    Column("is_private", Boolean, nullable=False, server_default=text("false")),
    # Sort by time or cost within one value of a column, without a sort step.
    *(Index(f"ix_runs_{column}_created", column, "created", "id") for column in PAGED),
    *(Index(f"ix_runs_{column}_cost", column, "cost_micros", "created", "id") for column in PAGED),
    Index("ix_runs_parent_output", "parent_output"),
    Index("ix_runs_state_process", "state", "process"),
    Index("ix_runs_created_id", "created", "id"),
    Index("ix_runs_cost_micros", "cost_micros", "created", "id"),
)

# Only a run without outputs can be in the trash itself.
RUN_IN_TRASH = runs.c.deleted_at.is_not(None)
Index("ix_runs_in_bin", runs.c.deleted_at, sqlite_where=RUN_IN_TRASH, postgresql_where=RUN_IN_TRASH)

outputs = Table(
    "outputs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("role", String(16), nullable=False, server_default=text("'image'")),
    Column("sha256", String(64), nullable=False),
    Column("format", String(16), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("has_alpha", Boolean, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("revised_prompt", Text),
    Column("created", Float, nullable=False),
    Column("facts", JSON(none_as_null=True)),
    Column("starred", Boolean, nullable=False, server_default=text("false")),
    Column("rating", Integer, nullable=False, server_default=text("0")),  # 1 to 5; 0 is not rated
    Column("rejected", Boolean, nullable=False, server_default=text("false")),
    Column("title", Text, nullable=False, server_default=text("''")),
    Column("note", Text, nullable=False, server_default=text("''")),
    Column("deleted_at", Float),
    Column("text_in_image", Text),  # read by OCR, "" for none; None was not read
    Index("ix_outputs_cover", "run_id", "position", "role", "deleted_at", "starred"),
    Index("ix_outputs_created_id", "created", "id"),
    Index("ix_outputs_sha256", "sha256"),
    Index("ix_outputs_width_height", "width", "height", "run_id"),
)

# Partial indexes; full ones mislead the planner.
IS_STARRED = outputs.c.starred.is_(true())
IS_RATED = outputs.c.rating > 0
IS_REJECTED = outputs.c.rejected.is_(true())
IN_TRASH = outputs.c.deleted_at.is_not(None)
IS_UNREAD = outputs.c.text_in_image.is_(None)
Index("ix_outputs_starred", outputs.c.run_id, sqlite_where=IS_STARRED, postgresql_where=IS_STARRED)
Index("ix_outputs_rated", outputs.c.rating, outputs.c.run_id, sqlite_where=IS_RATED, postgresql_where=IS_RATED)
Index("ix_outputs_rejected", outputs.c.run_id, sqlite_where=IS_REJECTED, postgresql_where=IS_REJECTED)
Index("ix_outputs_in_bin", outputs.c.run_id, outputs.c.deleted_at, sqlite_where=IN_TRASH, postgresql_where=IN_TRASH)

Index("ix_outputs_unread", outputs.c.created, sqlite_where=IS_UNREAD, postgresql_where=IS_UNREAD)

# The role of an output that is a run's text, see `answers`; all others are images.
ANSWER = "text"
IS_ANSWER = outputs.c.role == ANSWER
# A run that lists show: neither it nor its answer is in the trash or purged.
RUN_IS_SHOWN = and_(
    runs.c.deleted_at.is_(None),
    not_(runs.c.purged),
    ~exists().where(outputs.c.run_id == runs.c.id, IS_ANSWER, IN_TRASH),
)


def input_columns() -> tuple[Column[Any], ...]:
    """Return the columns of an input image besides the one that names its run or sheet."""
    return (
        Column("role", String(16), primary_key=True),
        Column("position", Integer, primary_key=True),
        Column("sha256", String(64), nullable=False),
        Column("name", Text, nullable=False),
        Column("content_type", String(64), nullable=False),
        Column("width", Integer, nullable=False),
        Column("height", Integer, nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("has_alpha", Boolean, nullable=False),
    )


inputs = Table(
    "inputs",
    metadata,
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    *input_columns(),
    Index("ix_inputs_sha256", "sha256"),
)

output_tags = Table(
    "output_tags",
    metadata,
    Column("tag", String(100), primary_key=True),
    Column("output_id", String(40), ForeignKey("outputs.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_output_tags_output_id", "output_id"),
)

collections = Table(
    "collections",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("created", Float, nullable=False),
)

collection_outputs = Table(
    "collection_outputs",
    metadata,
    Column("collection_id", String(32), ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
    Column("output_id", String(40), ForeignKey("outputs.id", ondelete="CASCADE"), primary_key=True),
    Column("added", Float, nullable=False),
    Index("ix_collection_outputs_output_id", "output_id"),
)

# One prompt and several values, multiplied into runs. `template` is that of `parameters.sheets`, `axes` what it made.
sheets = Table(
    "sheets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("created", Float, nullable=False),
    Column("connection_id", String(200), nullable=False),
    Column("connection_name", Text, nullable=False),
    Column("template", JSON, nullable=False),
    Column("axes", JSON, nullable=False),
    Column("cap_micros", BigInteger),
    Column("stopped", String(16), nullable=False, server_default=text("''")),  # "cap", "cancelled", "unavailable"
    Column("cancels", Integer, nullable=False, server_default=text("0")),  # how often it was cancelled
    Column("is_private", Boolean, nullable=False, server_default=text("false")),
    Index("ix_sheets_created_id", "created", "id"),
)

# `run_id` is written before the run itself, so that no cell is sent twice; without its run it was never sent.
sheet_cells = Table(
    "sheet_cells",
    metadata,
    Column("sheet_id", String(32), ForeignKey("sheets.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("places", JSON, nullable=False),  # of its value on each axis
    Column("recipe", JSON(none_as_null=True)),  # None for a cell that is not run
    Column("skipped", Text, nullable=False, server_default=text("''")),  # why it is not run
    Column("run_id", String(32)),
    Column("former_run_id", String(32)),  # whose image the cell shows while `run_id` has none
    Column("estimate_high_micros", BigInteger),
    Column("spent_before_micros", BigInteger, nullable=False, server_default=text("0")),  # by its earlier runs
    Index("ix_sheet_cells_run_id", "run_id"),
    Index("ix_sheet_cells_sheet_id_places", "sheet_id", "places"),
)

# Lists that `{name}` in a prompt stands for.
word_lists = Table(
    "word_lists",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("words", JSON, nullable=False),
)

# What people chose of two images of a sheet, each pair once a person. `pair` names both in a fixed order.
votes = Table(
    "votes",
    metadata,
    Column("sheet_id", String(32), ForeignKey("sheets.id", ondelete="CASCADE"), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("pair", String(81), primary_key=True),
    Column("left_output", String(40), ForeignKey("outputs.id", ondelete="CASCADE"), nullable=False),
    Column("right_output", String(40), ForeignKey("outputs.id", ondelete="CASCADE"), nullable=False),
    Column("choice", String(8), nullable=False),  # "left", "right", "tie", "bad"
    Column("created", Float, nullable=False),
    Index("ix_votes_left_output", "left_output"),
    Index("ix_votes_right_output", "right_output"),
)

# Who has ended voting on a sheet, and may see what others chose.
voters = Table(
    "voters",
    metadata,
    Column("sheet_id", String(32), ForeignKey("sheets.id", ondelete="CASCADE"), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("ended", Float, nullable=False),
)

# What is checked of a sheet's images. `settings` are those of `checks.definitions`.
checks = Table(
    "checks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("sheet_id", String(32), ForeignKey("sheets.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("created", Float, nullable=False),
    Index("ix_checks_sheet_id", "sheet_id"),
)

# How an image did, once for each check. `run_id` is the run that asked a model, NULL for what was measured.
check_results = Table(
    "check_results",
    metadata,
    Column("check_id", String(32), ForeignKey("checks.id", ondelete="CASCADE"), primary_key=True),
    Column("output_id", String(40), ForeignKey("outputs.id", ondelete="CASCADE"), primary_key=True),
    Column("status", String(16), nullable=False),  # "pass", "fail", "error", "not judged"
    Column("score", Float),
    Column("detail", Text, nullable=False),
    Column("run_id", String(32)),
    Column("created", Float, nullable=False),
    Index("ix_check_results_output_id", "output_id"),
)

# The full-text index, which is not in the metadata: `run_numbers` on SQLite alone, `search_letters` on PostgreSQL.
FULLTEXT_TABLES = ("run_words", "run_numbers", "search_letters")


def include_name(name: str | None, kind: str, _: Any) -> bool:
    """Return whether Alembic should compare a table with the metadata."""
    return not (kind == "table" and name is not None and name.startswith(FULLTEXT_TABLES))
