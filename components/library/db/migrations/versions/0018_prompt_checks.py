"""Keep the checks of prompts, which new sheets of a prompt begin with."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "prompt_checks",
        sa.Column("prompt_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("prompt_id", "position", name="pk_prompt_checks"),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name="fk_prompt_checks_prompt_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Undo the migration."""
    op.drop_table("prompt_checks")
