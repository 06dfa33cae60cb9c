"""Every table of the library: importing this module adds them all to the metadata."""

from components.library.db import audit_table, batch_table, capability_table, input_tables, prompt_tables
from components.library.db.schema import metadata

__all__ = ["audit_table", "batch_table", "capability_table", "input_tables", "metadata", "prompt_tables"]
