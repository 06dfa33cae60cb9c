"""Find a sheet's cells by their places, and what is counted of a run's first image in the index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both; the second takes the place of one that begins as it does."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"  # where JSON has no order
    places = sa.text("CAST(places AS TEXT)") if is_postgresql else "places"
    op.create_index("ix_sheet_cells_sheet_id_places", "sheet_cells", ["sheet_id", places])
    op.create_index("ix_outputs_cover", "outputs", ["run_id", "position", "role", "deleted_at", "starred"])
    op.drop_index("ix_outputs_run_id_position", "outputs")


def downgrade() -> None:
    """Go back to the former index."""
    op.create_index("ix_outputs_run_id_position", "outputs", ["run_id", "position"])
    op.drop_index("ix_outputs_cover", "outputs")
    op.drop_index("ix_sheet_cells_sheet_id_places", "sheet_cells")
