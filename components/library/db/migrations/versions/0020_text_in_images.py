"""Keep the text in images, which OCR reads in the background, and find it by full-text search."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# What stands in a run's labels of each output, and which columns change it. See 0002.
BEFORE = "title || ' ' || note || ' ' || coalesce(revised_prompt, '')"
WORDS = f"{BEFORE} || ' ' || coalesce(text_in_image, '')"
LABELS = """(SELECT coalesce(group_concat(words, ' '), '') FROM (
    SELECT {words} AS words FROM outputs WHERE run_id = {run}
    UNION ALL
    SELECT tag FROM output_tags JOIN outputs ON outputs.id = output_tags.output_id WHERE outputs.run_id = {run}))"""
OF_TAG = "(SELECT run_id FROM outputs WHERE id = {row}.output_id)"
NEW_TEXT = "WHEN coalesce(new.text_in_image, '') IS NOT coalesce(old.text_in_image, '')"
TRIGGERS = {
    "run_words_of_output": ("INSERT ON outputs", "new.run_id", "WHEN new.revised_prompt IS NOT NULL"),
    "run_words_of_marked": ("UPDATE OF title, note ON outputs", "new.run_id", ""),
    "run_words_of_deleted": ("DELETE ON outputs", "old.run_id", ""),
    "run_words_of_tag": ("INSERT ON output_tags", OF_TAG.format(row="new"), ""),
    "run_words_of_untagged": ("DELETE ON output_tags", OF_TAG.format(row="old"), ""),
}
WITH_TEXT = {
    **TRIGGERS,
    "run_words_of_output": (
        "INSERT ON outputs",
        "new.run_id",
        "WHEN coalesce(new.revised_prompt, new.text_in_image) IS NOT NULL",
    ),
    "run_words_of_read": ("UPDATE OF text_in_image ON outputs", "new.run_id", NEW_TEXT),
}


def upgrade() -> None:
    """Add the column; no image was read yet."""
    op.add_column("outputs", sa.Column("text_in_image", sa.Text()))
    unread = sa.text("text_in_image IS NULL")
    op.create_index("ix_outputs_unread", "outputs", ["created"], sqlite_where=unread, postgresql_where=unread)
    if _has_index():
        _replace_triggers(WORDS, TRIGGERS, WITH_TEXT)


def downgrade() -> None:
    """Drop the text, from the search as well."""
    if _has_index():
        _replace_triggers(BEFORE, WITH_TEXT, TRIGGERS)
        run = "(SELECT run_id FROM run_numbers WHERE number = run_words.rowid)"
        op.execute(
            f"""UPDATE run_words SET labels = {LABELS.format(words=BEFORE, run=run)} WHERE rowid IN (
                SELECT number FROM run_numbers JOIN outputs ON outputs.run_id = run_numbers.run_id
                WHERE text_in_image <> '')"""  # noqa: S608
        )
    op.drop_index("ix_outputs_unread", "outputs")
    op.drop_column("outputs", "text_in_image")


def _has_index() -> bool:
    return "run_words" in sa.inspect(op.get_bind()).get_table_names()


def _replace_triggers(words: str, old: dict[str, tuple[str, str, str]], new: dict[str, tuple[str, str, str]]) -> None:
    for name in old:
        op.execute(f"DROP TRIGGER {name}")
    for name, (event, run, when) in new.items():
        op.execute(
            f"""CREATE TRIGGER {name} AFTER {event} {when} BEGIN
                UPDATE run_words SET labels = {LABELS.format(words=words, run=run)}
                    WHERE rowid = (SELECT number FROM run_numbers WHERE run_id = {run});
            END"""  # noqa: S608 - all parts are constants of this file
        )
