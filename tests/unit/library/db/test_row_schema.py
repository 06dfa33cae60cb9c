"""Rows that cannot be: whatever a database holds in a column, what is read of it is of the type that pages rely on."""

from __future__ import annotations

import time
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import Table, text

from components.library import open_library
from components.library.db.row_schema import SCHEMA, column_schema, fits, pruned, sanitized
from components.library.db.schema import inputs, outputs, runs
from tests.unit.library.library_fixtures import add, begin
from tests.unit.runs.fake_client import png

ODD: tuple[Any, ...] = (None, -1, 2**62, 1e300, "x", "[1]", "{", '{"a": [{}]}', b"\xff\x00", "NaN")
KEYS = {"id", "run_id"}


def test_the_schema_is_one_and_knows_every_column() -> None:
    """A column that is added is in it by its type."""
    Draft202012Validator.check_schema(SCHEMA)
    for table in (runs, outputs, inputs):
        assert set(SCHEMA["$defs"][table.name]["properties"]) == set(table.columns.keys())


def test_numbers_and_times_have_ranges() -> None:
    """2^53 millionths of a dollar, a time after 2100, ten thousand images a run: none can be."""
    for name, good, bad in (("cost_micros", 10**9, 2**53), ("created", time.time(), 4.2e9), ("n", 10, 10_000)):
        assert fits(runs, name)(good)
        assert not fits(runs, name)(bad)
    assert not fits(runs, "purged")(1)
    assert not fits(runs, "n")(True)


def test_only_what_is_wrong_inside_json_goes() -> None:
    """The rest stays, also what a later version wrote."""
    facts = {"changed_outside": "12", "scaled": True, "later": 5, "nested": {"a": 1}}
    assert pruned(outputs, "facts", facts) == {"scaled": True, "later": 5}
    extra = {"batch": {"id": 7, "place": 2}, "checks": ["a", 1], "keep_outside": 10**9, "later": {"any": [1]}}
    assert pruned(runs, "extra", extra) == {"batch": {"place": 2}, "checks": ["a"], "later": {"any": [1]}}
    said = {"stage": "input", "categories": ["violence"]}
    assert pruned(runs, "error", {"kind": "Refused", "moderation": said}) == {"kind": "Refused", "moderation": said}
    assert pruned(runs, "error", {"moderation": {"stage": 5, "categories": ["a", {}]}})["moderation"] == {
        "categories": ["a"]
    }


def columns() -> list[tuple[Table, str]]:
    """Every column that a row can have something odd in."""
    return [(table, column.name) for table in (runs, outputs) for column in table.columns if column.name not in KEYS]


def test_whatever_a_row_holds_it_can_be_read(data_folder: Any) -> None:
    """Every odd value in every column, put there past the app: what is read fits the schema."""
    library = open_library(data_folder)
    begin(library, "r1")
    add(library, "r1", 0, png(1))
    for table, name in columns():
        for value in ODD:
            with library.engine.connect() as connection:
                try:
                    connection.execute(text(f"UPDATE {table.name} SET {name} = :value"), {"value": value})
                except Exception:
                    continue
                run_row = connection.execute(runs.select()).mappings().one()
                output_row = connection.execute(outputs.select()).mappings().one()
                for of, row in ((runs, run_row), (outputs, output_row)):
                    for key, found in sanitized(of, row).items():
                        is_text = column_schema(of, key)["type"] == "string" and isinstance(found, str)
                        complete = Draft202012Validator(column_schema(of, key))
                        assert found is None or is_text or complete.is_valid(found), (key, found)
                connection.rollback()
    library.close()


@pytest.mark.parametrize("name", ["prompt", "text"])
def test_long_words_stay(name: str) -> None:
    """A long answer is kept, because it was paid for."""
    assert sanitized(runs, {name: "x" * 2_000_000})[name] == "x" * 2_000_000
