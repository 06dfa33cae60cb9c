"""Keep styles and sets of parameters under a name, and which set each connection begins with."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, empty."""
    op.create_table(
        "presets",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_presets"),
    )
    op.create_table(
        "preset_defaults",
        sa.Column("connection_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("preset_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "kind", name="pk_preset_defaults"),
        sa.ForeignKeyConstraint(["preset_id"], ["presets.id"], name="fk_preset_defaults_preset_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("preset_defaults")
    op.drop_table("presets")
