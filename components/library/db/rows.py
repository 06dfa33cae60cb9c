"""Convert between database rows and the library's values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from components.library.db.row_schema import sanitized
from components.library.db.schema import inputs, outputs, runs
from components.library.records import StoredOutput, StoredRun
from components.parameters import Estimate, InputImage, Inputs, Request
from components.parameters.recipes.recipe import recipe

MICROS = Decimal(1_000_000)
MONEY = ("cost", "estimate_low", "estimate_high")


def dollars(micros: int | None) -> Decimal | None:
    """Convert millionths of a dollar to dollars."""
    return None if micros is None else Decimal(micros) / MICROS


def in_micros(amount: Decimal | None) -> int | None:
    """Convert dollars to the millionths that the database stores."""
    return None if amount is None else round(amount * MICROS)


def stored_output(row: Mapping[Any, Any]) -> StoredOutput:
    """Return the output of a row, without invalid values."""
    values = sanitized(outputs, {str(name): value for name, value in row.items()})
    values["index"] = values.pop("position")
    return StoredOutput(**values)


def stored_run(row: Mapping[Any, Any]) -> StoredRun:
    """Return the run of a row, without invalid values and without `process`, which is internal."""
    values = sanitized(runs, {str(name): value for name, value in row.items() if name != "process"})
    money: dict[str, Any] = {name: dollars(values.pop(f"{name}_micros")) for name in MONEY}
    return StoredRun(**values, **money)


def run_row(run_id: str, request: Request, estimate: Estimate | None) -> dict[str, Any]:
    """Return the columns of a run's row that follow from its request and its estimated cost."""
    return {
        "id": run_id,
        "operation": request.operation,
        "model": request.model,
        "n": request.n,
        "prompt": request.prompt_text,
        "recipe": recipe(request),
        "estimate_low_micros": in_micros(estimate.low) if estimate else None,
        "estimate_high_micros": in_micros(estimate.high) if estimate else None,
    }


_INPUT_COLUMNS = ("name", "content_type", "width", "height", "bytes", "sha256", "has_alpha")


def input_rows(inputs: Inputs, **owner: str) -> list[dict[str, Any]]:
    """Return the rows of input images, mask and markup; `owner` is the column that names their run or sheet."""
    return [
        {**owner, "role": role, "position": position, **{name: getattr(image, name) for name in _INPUT_COLUMNS}}
        for role, position, image in inputs.by_role
    ]


def input_image(row: Mapping[Any, Any], path: Path) -> InputImage:
    """Return the input of a row, with the path of its file."""
    return InputImage(path=path, **sanitized(inputs, {name: row[name] for name in _INPUT_COLUMNS}))
