"""Keep people's votes on pairs of a sheet's images, and who has ended voting."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, empty."""
    op.create_table(
        "votes",
        sa.Column("sheet_id", sa.String(32), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("pair", sa.String(81), nullable=False),
        sa.Column("left_output", sa.String(40), nullable=False),
        sa.Column("right_output", sa.String(40), nullable=False),
        sa.Column("choice", sa.String(8), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("sheet_id", "person", "pair", name="pk_votes"),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheets.id"], name="fk_votes_sheet_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["left_output"], ["outputs.id"], name="fk_votes_left_output", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["right_output"], ["outputs.id"], name="fk_votes_right_output", ondelete="CASCADE"),
    )
    op.create_index("ix_votes_left_output", "votes", ["left_output"])
    op.create_index("ix_votes_right_output", "votes", ["right_output"])
    op.create_table(
        "voters",
        sa.Column("sheet_id", sa.String(32), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("ended", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("sheet_id", "person", name="pk_voters"),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheets.id"], name="fk_voters_sheet_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("voters")
    op.drop_table("votes")
