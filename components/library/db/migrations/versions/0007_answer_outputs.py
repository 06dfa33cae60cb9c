"""Add a row in `outputs` for each answer, so that it can be starred, tagged, collected and deleted like an image."""

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
# For a run in the trash, its answer is now in the trash instead.
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
    """Add the rows; answers of runs in the trash stay in the trash."""
    op.execute(sa.text(ADD).bindparams(blank=" \t\r\n"))
    op.execute(HAND_OVER)


def downgrade() -> None:
    """Drop them, with the stars, tags, titles and notes of answers."""
    op.execute(HAND_BACK)
    op.execute("DELETE FROM outputs WHERE role = 'text'")
