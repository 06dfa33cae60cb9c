"""The input images of sheets, and those of runs and sheets together. They share the metadata of `schema`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, literal, select, union_all

from components.library.db.schema import input_columns, inputs, metadata

# The images that the cells of a sheet are made of, each once, with the mask or markup over the first.
sheet_inputs = Table(
    "sheet_inputs",
    metadata,
    Column("sheet_id", String(32), ForeignKey("sheets.id", ondelete="CASCADE"), primary_key=True),
    *input_columns(),
    Index("ix_sheet_inputs_sha256", "sha256"),
)

# The inputs of all runs and sheets; `of` names the run or sheet.
_COLUMNS = [column.name for column in input_columns()]
stored_inputs = union_all(
    select(literal("run").label("kind"), inputs.c.run_id.label("of"), *(inputs.c[name] for name in _COLUMNS)),
    select(
        literal("sheet").label("kind"),
        sheet_inputs.c.sheet_id.label("of"),
        *(sheet_inputs.c[name] for name in _COLUMNS),
    ),
).subquery("stored_inputs")
