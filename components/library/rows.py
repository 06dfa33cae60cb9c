"""From rows of the database to the values that the library gives back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from components.library.records import StoredOutput, StoredRun

MICROS = Decimal(1_000_000)


def stored_output(row: Mapping[Any, Any]) -> StoredOutput:
    """An output from its row."""
    values = {str(name): value for name, value in row.items()}
    values["index"] = values.pop("position")
    return StoredOutput(**values)


def stored_run(row: Mapping[Any, Any]) -> StoredRun:
    """A run from its row; who works on it is the library's own matter."""
    values = {str(name): value for name, value in row.items() if name != "process"}
    micros = values.pop("cost_micros")
    return StoredRun(**values, cost=None if micros is None else Decimal(micros) / MICROS)
