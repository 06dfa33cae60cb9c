"""Add the estimated cost of runs, and indexes by cost and by size."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ESTIMATES = ("estimate_low_micros", "estimate_high_micros")

# Highest cost first within one value of a column, without a sort step.
PAGED = ("operation", "model", "owner", "connection_id", "state")


def upgrade() -> None:
    """Add columns and indexes. The estimates of older runs are unknown."""
    for name in ESTIMATES:
        op.add_column("runs", sa.Column(name, sa.BigInteger()))
    op.create_index("ix_runs_cost_micros", "runs", ["cost_micros", "created", "id"])
    for column in PAGED:
        op.create_index(f"ix_runs_{column}_cost", "runs", [column, "cost_micros", "created", "id"])
    op.create_index("ix_outputs_width_height", "outputs", ["width", "height", "run_id"])


def downgrade() -> None:
    """Drop them, with all estimates."""
    op.drop_index("ix_outputs_width_height", "outputs")
    for column in reversed(PAGED):
        op.drop_index(f"ix_runs_{column}_cost", "runs")
    op.drop_index("ix_runs_cost_micros", "runs")
    for name in reversed(ESTIMATES):
        op.drop_column("runs", name)
