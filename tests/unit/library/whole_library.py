"""A library with everything in it: rows in every table, files of every kind, and all of it for comparison."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Integer, LargeBinary, Table, insert, select

from components.library import Library
from components.library.db.tables.all_tables import metadata
from components.library.files.content_store import KINDS
from components.library.trash import move_to_trash
from tests.unit.library.library_fixtures import add, an_input, answered, ask, begin
from tests.unit.runs.fake_client import png

ROWS = 3
NOW = time.time()  # what is old, an open library removes by itself
_WORDS = "Füchse 🦊 \"quoted\" 'x' \\ back\nline"


def fill_library(library: Library, folder: Path) -> None:
    """Add runs with images, an input, an answer, trash and an unopened file; then rows in every table."""
    add(library, begin(library, "w1"), 0, png(1))
    add(library, begin(library, "w2", ask(images=(an_input(folder, "a.png", 2),))), 0, png(3))
    answered(library, "w3", folder)
    move_to_trash(library, [add(library, "w1", 1, png(4)).id])
    odd = b"not an image that anybody can open"
    sha256 = hashlib.sha256(odd).hexdigest()
    staged = library.staging / "odd"
    staged.write_bytes(odd)
    library.files.adopt(staged, "unopened", sha256, "bin")
    unopened = {"kind": "NotAnImage", "unopened": [{"index": 0, "sha256": sha256, "reason": "?"}]}
    library.update_run("w2", state="failed", error=unopened)
    for run_id in ("w1", "w3"):
        library.update_run(run_id, state="done", cost=Decimal("0.04"))
    with library.engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(insert(table), [_row(table, number) for number in range(ROWS)])


def _row(table: Table, number: int) -> dict[str, Any]:
    if table.name == "outputs":  # as an answer, which has no file
        fixed = {"role": "text", "sha256": ""}
    elif table.name in ("inputs", "sheet_inputs"):
        fixed = {"sha256": hashlib.sha256(png(2)).hexdigest()}
    else:
        fixed = {"state": "done"} if table.name == "runs" else {}
    return {**{column.key: _value(column, number) for column in table.c}, **fixed}


def _value(column: Column[Any], number: int) -> Any:
    """Return a value by type; keys of rows, and of the rows that they refer to, follow from the number."""
    if column.primary_key or column.foreign_keys:
        return number + 1 if isinstance(column.type, Integer) else f"key-{number}"
    if isinstance(column.type, Boolean):
        return number % 2 == 0
    if isinstance(column.type, BigInteger):
        return 2**40 + number
    if isinstance(column.type, Integer):
        return number
    if isinstance(column.type, Float):
        return NOW + number / 3
    if isinstance(column.type, LargeBinary):
        return bytes(range(256))
    if isinstance(column.type, JSON):
        return {"words": _WORDS, "numbers": [1, 2.5, 1e-7, 2**53], "none": None, "deep": [{"yes": True}]}
    length = getattr(column.type, "length", None)
    return f"{number} {_WORDS}"[:length]


def rows_of(library: Library) -> Mapping[str, list[str]]:
    """Return all rows of all tables, as text, in the order of their keys."""
    with library.engine.connect() as connection:
        return {
            table.name: [repr(tuple(row)) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def files_of(library: Library) -> Mapping[tuple[str, str], bytes]:
    """Return the bytes of all files, by kind and name with the extension."""
    found = {}
    for kind in KINDS:
        for one in library.files.listing(kind):
            path = library.file(kind, one.sha256)
            assert path is not None
            found[kind, path.name] = path.read_bytes()
    return found
