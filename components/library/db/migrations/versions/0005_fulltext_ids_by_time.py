"""Number the runs in the full-text index by time, so that imported runs sort correctly.

Before, a run got the next number. Now its number is its `created` in microseconds, or the next free one after that.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MICROSECONDS = "CAST({run}.created * 1000000 AS INTEGER)"
NEW = MICROSECONDS.format(run="new")

TRIGGER = "run_words_of_new"
BY_TIME = f"""CREATE TRIGGER {TRIGGER} AFTER INSERT ON runs BEGIN
    INSERT INTO run_numbers (number, run_id) SELECT CASE
        WHEN NOT EXISTS (SELECT 1 FROM run_numbers WHERE number = {NEW}) THEN {NEW}
        ELSE (SELECT max(number) + 1 FROM run_numbers WHERE number < {NEW} + 1000000) END, new.id;
    INSERT INTO run_words (rowid, prompt, answer, labels)
        SELECT number, new.prompt, new.text, '' FROM run_numbers WHERE run_id = new.id;
END"""  # noqa: S608 — all parts are constants of this file
BY_COUNT = f"""CREATE TRIGGER {TRIGGER} AFTER INSERT ON runs BEGIN
    INSERT INTO run_numbers (run_id) VALUES (new.id);
    INSERT INTO run_words (rowid, prompt, answer, labels)
        SELECT number, new.prompt, new.text, '' FROM run_numbers WHERE run_id = new.id;
END"""  # noqa: S608
NUMBERS_BY_TIME = f"""
    SELECT {MICROSECONDS.format(run="runs")} - 1
        + row_number() OVER (PARTITION BY {MICROSECONDS.format(run="runs")} ORDER BY runs.id), runs.id
    FROM runs"""  # noqa: S608
NUMBERS_BY_COUNT = "SELECT row_number() OVER (ORDER BY created, id), id FROM runs"


def upgrade() -> None:
    """Number the runs by time."""
    _renumber(NUMBERS_BY_TIME, BY_TIME)


def downgrade() -> None:
    """Number the runs consecutively."""
    _renumber(NUMBERS_BY_COUNT, BY_COUNT)


def _renumber(numbers: str, trigger: str) -> None:
    if "run_words" not in sa.inspect(op.get_bind()).get_table_names():
        return  # a database without the index
    for statement in (
        f"DROP TRIGGER {TRIGGER}",
        "CREATE TEMPORARY TABLE old_words AS SELECT run_id, prompt, answer, labels FROM run_numbers "
        "JOIN run_words ON run_words.rowid = run_numbers.number",
        "DELETE FROM run_words",
        "DELETE FROM run_numbers",
        f"INSERT INTO run_numbers (number, run_id) {numbers}",
        "INSERT INTO run_words (rowid, prompt, answer, labels) SELECT number, prompt, answer, labels "
        "FROM run_numbers JOIN old_words ON old_words.run_id = run_numbers.run_id",
        "DROP TABLE old_words",
        trigger,
    ):
        op.execute(statement)
