"""Rate outputs from 1 to 5, and reject them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Each index holds only the outputs that have the mark.
INDEXES = {
    "ix_outputs_rated": (["rating", "run_id"], {"sqlite": "rating > 0", "postgresql": "rating > 0"}),
    "ix_outputs_rejected": (["run_id"], {"sqlite": "rejected IS 1", "postgresql": "rejected IS true"}),
}


def upgrade() -> None:
    """Add the columns; no output has a rating (0) or is rejected."""
    op.add_column("outputs", sa.Column("rating", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("outputs", sa.Column("rejected", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    for name, (columns, where) in INDEXES.items():
        op.create_index(
            name,
            "outputs",
            columns,
            sqlite_where=sa.text(where["sqlite"]),
            postgresql_where=sa.text(where["postgresql"]),
        )


def downgrade() -> None:
    """Drop ratings and rejections."""
    for name in INDEXES:
        op.drop_index(name, "outputs")
    op.drop_column("outputs", "rejected")
    op.drop_column("outputs", "rating")
