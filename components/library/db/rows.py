"""From rows of the database to the values that the library takes and gives back, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from components.library.db.row_schema import harmless
from components.library.db.schema import inputs, outputs, runs
from components.library.records import StoredOutput, StoredRun
from components.parameters import Estimate, InputImage, Request, recipe

MICROS = Decimal(1_000_000)
MONEY = ("cost", "estimate_low", "estimate_high")


def dollars(micros: int | None) -> Decimal | None:
    """Dollars of an amount as the database holds it; None for one that is not known."""
    return None if micros is None else Decimal(micros) / MICROS


def in_micros(amount: Decimal | None) -> int | None:
    """An amount in dollars as the database holds it."""
    return None if amount is None else round(amount * MICROS)


def stored_output(row: Mapping[Any, Any]) -> StoredOutput:
    """An output from its row; what in it cannot be is left out, so that one bad row fails no page."""
    values = harmless(outputs, {str(name): value for name, value in row.items()})
    values["index"] = values.pop("position")
    return StoredOutput(**values)


def stored_run(row: Mapping[Any, Any]) -> StoredRun:
    """A run from its row; who works on it is the library's own matter. What in it cannot be is left out."""
    values = harmless(runs, {str(name): value for name, value in row.items() if name != "process"})
    money: dict[str, Any] = {name: dollars(values.pop(f"{name}_micros")) for name in MONEY}
    return StoredRun(**values, **money)


def run_row(run_id: str, request: Request, estimate: Estimate | None) -> dict[str, Any]:
    """Of a run's row what its request says, and what it is expected to cost."""
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


_OF_INPUT = ("name", "content_type", "width", "height", "bytes", "sha256", "has_alpha")


def input_rows(run_id: str, request: Request) -> list[dict[str, Any]]:
    """The rows of the pictures that go into a run."""
    went_in = [("image", place, image) for place, image in enumerate(request.images)]
    went_in += [(role, 0, one) for role, one in (("mask", request.mask), ("markup", request.markup)) if one]
    return [
        {"run_id": run_id, "role": role, "position": place, **{name: getattr(image, name) for name in _OF_INPUT}}
        for role, place, image in went_in
    ]


def input_image(row: Mapping[Any, Any], path: Path) -> InputImage:
    """A picture that went into a run, from its row and where its file is."""
    return InputImage(path=path, **harmless(inputs, {name: row[name] for name in _OF_INPUT}))
