"""Keep the checks of a sheet's images, and how each image did."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, empty."""
    op.create_table(
        "checks",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("sheet_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_checks"),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheets.id"], name="fk_checks_sheet_id", ondelete="CASCADE"),
    )
    op.create_index("ix_checks_sheet_id", "checks", ["sheet_id"])
    op.create_table(
        "check_results",
        sa.Column("check_id", sa.String(32), nullable=False),
        sa.Column("output_id", sa.String(40), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(32), nullable=True),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("check_id", "output_id", name="pk_check_results"),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name="fk_check_results_check_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["output_id"], ["outputs.id"], name="fk_check_results_output_id", ondelete="CASCADE"),
    )
    op.create_index("ix_check_results_output_id", "check_results", ["output_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("check_results")
    op.drop_table("checks")
