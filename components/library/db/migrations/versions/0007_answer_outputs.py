"""Answers are outputs too, to be starred, tagged, collected and deleted as pictures are: a row for each there is."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ADD = """
    INSERT INTO outputs (
        id, run_id, position, role, sha256, format, width, height, frames, has_alpha, bytes, created, deleted_at)
    SELECT id || '-text', id, 0, 'text', '', 'text', 0, 0, 0, false, 0, coalesce(ended, created), deleted_at
    FROM runs
    WHERE operation = 'analyze' AND state IN ('done', 'failed', 'cancelled', 'interrupted')
        AND trim(text, :blank) <> '' AND NOT gone
        AND NOT EXISTS (SELECT 1 FROM outputs WHERE outputs.run_id = runs.id)"""
# What was in the bin as a run is there as its answer from now on.
HAND_OVER = """
    UPDATE runs SET deleted_at = NULL WHERE deleted_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM outputs WHERE outputs.run_id = runs.id AND outputs.role = 'text')"""
HAND_BACK = """
    UPDATE runs SET deleted_at = (
        SELECT outputs.deleted_at FROM outputs WHERE outputs.run_id = runs.id AND outputs.role = 'text')
    WHERE EXISTS (
        SELECT 1 FROM outputs
        WHERE outputs.run_id = runs.id AND outputs.role = 'text' AND outputs.deleted_at IS NOT NULL)"""


def upgrade() -> None:
    """Add the rows; what is in the bin stays there."""
    op.execute(sa.text(ADD).bindparams(blank=" \t\r\n"))
    op.execute(HAND_OVER)


def downgrade() -> None:
    """Drop them; stars, tags, titles and notes of answers are gone then."""
    op.execute(HAND_BACK)
    op.execute("DELETE FROM outputs WHERE role = 'text'")
