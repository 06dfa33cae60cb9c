"""Every table of the library: importing this module adds them all to the metadata."""

from components.library.db.schema import metadata
from components.library.db.tables import (
    batch_table,
    capability_table,
    input_tables,
    prompt_tables,
    start_table,
    team_tables,
)

__all__ = ["batch_table", "capability_table", "input_tables", "metadata", "prompt_tables", "start_table", "team_tables"]
