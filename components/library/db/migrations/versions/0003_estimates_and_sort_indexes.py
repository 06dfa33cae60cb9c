"""Money and order: what a run was expected to cost, runs by their cost, outputs by their size."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ESTIMATES = ("estimate_low_micros", "estimate_high_micros")

# Dearest first for one value of a column, page by page, without sorting.
PAGED = ("operation", "model", "owner", "connection_id", "state")


def upgrade() -> None:
    """Add columns and indices; nothing that is there changes. What older runs were expected to cost is not known."""
    for name in ESTIMATES:
        op.add_column("runs", sa.Column(name, sa.BigInteger()))
    op.create_index("ix_runs_cost_micros", "runs", ["cost_micros", "created", "id"])
    for column in PAGED:
        op.create_index(f"ix_runs_{column}_cost", "runs", [column, "cost_micros", "created", "id"])
    op.create_index("ix_outputs_width_height", "outputs", ["width", "height", "run_id"])


def downgrade() -> None:
    """Drop them; what runs were expected to cost is forgotten then."""
    op.drop_index("ix_outputs_width_height", "outputs")
    for column in reversed(PAGED):
        op.drop_index(f"ix_runs_{column}_cost", "runs")
    op.drop_index("ix_runs_cost_micros", "runs")
    for name in reversed(ESTIMATES):
        op.drop_column("runs", name)
