"""From rows of the database to the values that the library takes and gives back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from components.library.records import StoredOutput, StoredRun
from components.parameters import InputImage

MICROS = Decimal(1_000_000)
MONEY = ("cost", "estimate_low", "estimate_high")


def dollars(micros: int | None) -> Decimal | None:
    """Dollars of an amount as the database holds it; None for one that is not known."""
    return None if micros is None else Decimal(micros) / MICROS


def in_micros(amount: Decimal | None) -> int | None:
    """An amount in dollars as the database holds it."""
    return None if amount is None else round(amount * MICROS)


def stored_output(row: Mapping[Any, Any]) -> StoredOutput:
    """An output from its row."""
    values = {str(name): value for name, value in row.items()}
    values["index"] = values.pop("position")
    return StoredOutput(**values)


def stored_run(row: Mapping[Any, Any]) -> StoredRun:
    """A run from its row; who works on it is the library's own matter."""
    values = {str(name): value for name, value in row.items() if name != "process"}
    money: dict[str, Any] = {name: dollars(values.pop(f"{name}_micros")) for name in MONEY}
    return StoredRun(**values, **money)


_OF_INPUT = ("name", "content_type", "width", "height", "bytes", "sha256", "has_alpha")


def input_row(run_id: str, role: str, place: int, image: InputImage) -> dict[str, Any]:
    """The row of a picture that went into a run."""
    return {"run_id": run_id, "role": role, "position": place, **{name: getattr(image, name) for name in _OF_INPUT}}


def input_image(row: Mapping[Any, Any], path: Path) -> InputImage:
    """A picture that went into a run, from its row and where its file is."""
    return InputImage(path=path, **{name: row[name] for name in _OF_INPUT})
