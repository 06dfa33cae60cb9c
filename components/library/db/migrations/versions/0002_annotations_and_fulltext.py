"""Add indexes for paging, stars, titles, notes, the trash, tags, collections and full-text search."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Newest first within one value of a column, without a sort step.
PAGED = ("model", "owner", "connection_id", "state")


def marks() -> tuple[sa.Column[Any], ...]:
    """Return the columns for annotations of outputs."""
    return (
        sa.Column("starred", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("title", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("note", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("deleted_at", sa.Float()),
    )


# Partial indexes; full ones mislead the planner.
PARTIAL = (
    ("ix_outputs_starred", ["run_id"], {"sqlite": "starred IS 1", "postgresql": "starred IS true"}),
    ("ix_outputs_in_bin", ["run_id", "deleted_at"], dict.fromkeys(("sqlite", "postgresql"), "deleted_at IS NOT NULL")),
)

# SQLite only. Another database needs a migration of its own for its kind of full-text index.
#
# FTS5 needs integer row ids, and the implicit ones of tables with other keys may change, so `run_numbers` assigns one
# to each run. The index stores the text a second time, which keeps its triggers simple.
LABELS = """(SELECT coalesce(group_concat(words, ' '), '') FROM (
    SELECT title || ' ' || note || ' ' || coalesce(revised_prompt, '') AS words FROM outputs WHERE run_id = {run}
    UNION ALL
    SELECT tag FROM output_tags JOIN outputs ON outputs.id = output_tags.output_id WHERE outputs.run_id = {run}))"""
NUMBER = "(SELECT number FROM run_numbers WHERE run_id = {run})"


def relabel(name: str, event: str, run: str, when: str = "") -> str:
    """Return a trigger that updates a run's labels in the index."""
    return f"""CREATE TRIGGER {name} AFTER {event} {when} BEGIN
        UPDATE run_words SET labels = {LABELS.format(run=run)} WHERE rowid = {NUMBER.format(run=run)};
    END"""  # noqa: S608 — all parts are constants of this file


OF_TAG = "(SELECT run_id FROM outputs WHERE id = {row}.output_id)"

SEARCH = (
    "CREATE TABLE run_numbers (number INTEGER PRIMARY KEY AUTOINCREMENT, run_id VARCHAR(32) NOT NULL UNIQUE)",
    """CREATE VIRTUAL TABLE run_words USING fts5(
        prompt, answer, labels, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2')""",
    "INSERT INTO run_numbers (run_id) SELECT id FROM runs ORDER BY created, id",
    f"""INSERT INTO run_words (rowid, prompt, answer, labels)
        SELECT number, prompt, text, {LABELS.format(run="run_numbers.run_id")}
        FROM run_numbers JOIN runs ON runs.id = run_numbers.run_id""",  # noqa: S608
    """CREATE TRIGGER run_words_of_new AFTER INSERT ON runs BEGIN
        INSERT INTO run_numbers (run_id) VALUES (new.id);
        INSERT INTO run_words (rowid, prompt, answer, labels)
            SELECT number, new.prompt, new.text, '' FROM run_numbers WHERE run_id = new.id;
    END""",
    """CREATE TRIGGER run_words_of_changed AFTER UPDATE OF prompt, text ON runs
        WHEN new.prompt IS NOT old.prompt OR new.text IS NOT old.text BEGIN
        UPDATE run_words SET prompt = new.prompt, answer = new.text
            WHERE rowid = (SELECT number FROM run_numbers WHERE run_id = new.id);
    END""",
    """CREATE TRIGGER run_words_of_gone AFTER DELETE ON runs BEGIN
        DELETE FROM run_words WHERE rowid = (SELECT number FROM run_numbers WHERE run_id = old.id);
        DELETE FROM run_numbers WHERE run_id = old.id;
    END""",
    relabel("run_words_of_output", "INSERT ON outputs", "new.run_id", "WHEN new.revised_prompt IS NOT NULL"),
    relabel("run_words_of_marked", "UPDATE OF title, note ON outputs", "new.run_id"),
    relabel("run_words_of_deleted", "DELETE ON outputs", "old.run_id"),
    relabel("run_words_of_tag", "INSERT ON output_tags", OF_TAG.format(row="new")),
    relabel("run_words_of_untagged", "DELETE ON output_tags", OF_TAG.format(row="old")),
)


def upgrade() -> None:
    """Add columns, indexes and tables."""
    for column in PAGED:
        op.create_index(f"ix_runs_{column}_created", "runs", [column, "created", "id"])
    op.create_index("ix_runs_parent_output", "runs", ["parent_output"])
    for mark in marks():
        op.add_column("outputs", mark)
    for name, columns, where in PARTIAL:
        sqlite, postgresql = sa.text(where["sqlite"]), sa.text(where["postgresql"])
        op.create_index(name, "outputs", columns, sqlite_where=sqlite, postgresql_where=postgresql)
    op.create_table(
        "output_tags",
        sa.Column("tag", sa.String(100), nullable=False),
        sa.Column("output_id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("tag", "output_id", name="pk_output_tags"),
        sa.ForeignKeyConstraint(["output_id"], ["outputs.id"], name="fk_output_tags_output_id", ondelete="CASCADE"),
    )
    op.create_index("ix_output_tags_output_id", "output_tags", ["output_id"])
    op.create_table(
        "collections",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collections"),
    )
    op.create_table(
        "collection_outputs",
        sa.Column("collection_id", sa.String(32), nullable=False),
        sa.Column("output_id", sa.String(40), nullable=False),
        sa.Column("added", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("collection_id", "output_id", name="pk_collection_outputs"),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name="fk_collection_outputs_collection_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["output_id"], ["outputs.id"], name="fk_collection_outputs_output_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_collection_outputs_output_id", "collection_outputs", ["output_id"])
    if _has_fts5():
        for statement in SEARCH:
            op.execute(statement)


def _has_fts5() -> bool:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return False
    return bool(connection.exec_driver_sql("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").first())


def downgrade() -> None:
    """Drop them, with all stars, titles, notes, tags and collections."""
    if "run_words" in sa.inspect(op.get_bind()).get_table_names():
        for statement in SEARCH:
            if statement.startswith("CREATE TRIGGER"):
                op.execute(f"DROP TRIGGER {statement.split()[2]}")
        op.execute("DROP TABLE run_words")
        op.execute("DROP TABLE run_numbers")
    op.drop_table("collection_outputs")
    op.drop_table("collections")
    op.drop_table("output_tags")
    for name, _, _ in PARTIAL:
        op.drop_index(name, "outputs")
    for mark in reversed(marks()):
        op.drop_column("outputs", mark.name)
    op.drop_index("ix_runs_parent_output", "runs")
    for column in PAGED:
        op.drop_index(f"ix_runs_{column}_created", "runs")
