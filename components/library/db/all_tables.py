"""Every table of the library: importing this module adds them all to the metadata."""

from components.library.db import batch_table, capability_table, input_tables, prompt_tables, team_tables
from components.library.db.schema import metadata

__all__ = ["batch_table", "capability_table", "input_tables", "metadata", "prompt_tables", "team_tables"]
