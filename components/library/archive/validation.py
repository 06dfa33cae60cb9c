"""Validate an untrusted manifest: types, lengths, ids and states; unknown keys are dropped.

Raise ManifestError, with a message for a person, for invalid entries.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.library.answers import answer_id
from components.library.archive.columns import ManifestError, clean_text, quoted, values_of
from components.library.archive.manifest import PRIVATE_COLUMNS
from components.library.db.row_schema import MOST_INPUTS
from components.library.db.schema import ANSWER, ENDED, outputs, runs
from components.library.maintenance.recovery import INTERRUPTED
from components.library.store import ID_ENDS
from components.parameters.kinds import Invalid
from components.parameters.recipes.recipe import read_recipe

INPUT_ROLES = frozenset({"image", "mask", "markup"})

LONGEST_NAME = 200
MOST_MARKS = 200

_RUN_ID = re.compile(r"[0-9A-Za-z]{1,32}")
_OUTPUT_ID = re.compile(rf"([0-9A-Za-z]{{1,32}})-(0|[1-9][0-9]{{0,3}})({'|'.join(ID_ENDS.values())})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FoundOutput:
    """An output of a manifest: its row's values except those of the image file, and the file's name in the ZIP.

    An answer has an empty SHA-256 and no file.
    """

    id: str
    sha256: str
    file: str | None
    values: Mapping[str, Any]
    tags: tuple[str, ...]
    collections: tuple[str, ...]


@dataclass(frozen=True)
class FoundInput:
    """An input of a run in a manifest: its role, position and content, and the file's name in the ZIP."""

    role: str
    position: int
    name: str
    sha256: str
    file: str | None


def parse_manifest(data: bytes) -> dict[str, Any]:
    """Return a manifest's JSON object; NaN and infinities are invalid. Raise ManifestError."""
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError, MemoryError) as error:
        raise ManifestError("Its manifest cannot be read.") from error
    if not isinstance(found, dict):
        raise ManifestError("Its manifest is not a JSON object.")
    return found


def _no_number(name: str) -> float:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def checked_list(value: Any, most: int, of: str) -> list[Any]:
    """Return a list of at most `most` items; None is an empty list."""
    found = [] if value is None else value
    if not isinstance(found, list) or len(found) > most:
        raise ManifestError(f"{of} is not a list of at most {most:,}.")
    return found


def parse_run(entry: Any) -> dict[str, Any]:
    """Return the values of a run's row, including its id. A run that was under way becomes interrupted."""
    if not isinstance(entry, dict):
        raise ManifestError("A run in the manifest is not a JSON object.")
    run_id = entry.get("id")
    if not isinstance(run_id, str) or not _RUN_ID.fullmatch(run_id):
        raise ManifestError(f"A run has an invalid id: {quoted(run_id)}.")
    of = f"Run {run_id}"
    values = values_of(runs, entry, of, without={*PRIVATE_COLUMNS, "deleted_at"})
    if isinstance(entry.get("deleted_at"), int | float):
        values["deleted_at"] = time.time()  # it stays in the trash, with a new time of deletion
    try:
        read_recipe(values["recipe"])
    except Invalid as refusal:
        raise ManifestError(f"{of} was not imported: {refusal}") from refusal
    checked_list(values["recipe"].get("inputs"), MOST_INPUTS, f"{of}: its recipe's list of inputs")
    if values["operation"] != values["recipe"]["operation"]:
        raise ManifestError(f"{of} has another operation than its recipe.")
    parent = values.get("parent_output")
    if parent is not None and not _OUTPUT_ID.fullmatch(parent):
        values["parent_output"] = None
    if values["state"] in INTERRUPTED:
        values["error"] = values.get("error") or dict(INTERRUPTED[values["state"]])
        values["ended"] = values.get("ended") or values.get("started") or values["created"]
        values["state"] = "interrupted"
    if values["state"] not in ENDED:
        raise ManifestError(f"{of} has an unknown state: {quoted(values['state'])}.")
    return values


def parse_output(run_id: str, entry: Any) -> FoundOutput:
    """Return an output of this run."""
    output_id = entry.get("id") if isinstance(entry, dict) else None
    if output_id == answer_id(run_id):
        return _parse_answer(run_id, entry)
    found = _OUTPUT_ID.fullmatch(output_id) if isinstance(output_id, str) else None
    if found is None or found[1] != run_id or len(found[0]) > 40:
        raise ManifestError(f"Run {run_id} has an output with an invalid id: {quoted(output_id)}.")
    of = f"Output {output_id}"
    from_file = {"format", "width", "height", "frames", "has_alpha", "bytes"}
    values = values_of(outputs, entry, of, without={*from_file, "run_id", "position", "deleted_at"})
    role = values.get("role", "image")
    if ID_ENDS.get(role, "") != (found[3] or "") or role not in {"image", *ID_ENDS}:
        raise ManifestError(f"{of} has the role {quoted(role)}, which does not match its id.")
    return FoundOutput(
        id=found[0],
        sha256=_sha256(entry, of),
        file=_file(entry),
        values={**values, "run_id": run_id, "position": int(found[2]), "deleted_at": _is_in_trash(entry)},
        **_marks(entry, of),
    )


def _parse_answer(run_id: str, entry: Mapping[str, Any]) -> FoundOutput:
    """Return the output for this run's text: only its annotations are read."""
    of = f"Output {answer_id(run_id)}"
    if (entry.get("role"), entry.get("sha256")) != (ANSWER, ""):
        raise ManifestError(f"{of} is not a valid answer.")
    marks = {"created", "starred", "rating", "rejected", "title", "note"}
    values = values_of(outputs, entry, of, without={column.name for column in outputs.columns} - marks)
    if _is_in_trash(entry):
        values["deleted_at"] = True
    return FoundOutput(id=answer_id(run_id), sha256="", file=None, values=values, **_marks(entry, of))


def _is_in_trash(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry.get("deleted_at"), int | float)


def _marks(entry: Mapping[str, Any], of: str) -> dict[str, tuple[str, ...]]:
    return {
        "tags": _names(entry.get("tags"), 100, f"{of}: its tags"),
        "collections": _names(entry.get("collections"), LONGEST_NAME, f"{of}: its collections"),
    }


def parse_input(run_id: str, entry: Any) -> FoundInput:
    """Return an input of this run."""
    of = f"An input of run {run_id}"
    if not isinstance(entry, dict) or entry.get("role") not in INPUT_ROLES:
        raise ManifestError(f"{of} is not valid.")
    position, name = entry.get("position"), entry.get("name")
    if type(position) is not int or not 0 <= position < MOST_INPUTS or not isinstance(name, str):
        raise ManifestError(f"{of} is not valid.")
    return FoundInput(entry["role"], int(position), clean_text(name)[:LONGEST_NAME], _sha256(entry, of), _file(entry))


def _names(value: Any, longest: int, of: str) -> tuple[str, ...]:
    texts = [clean_text(one).strip() for one in checked_list(value, MOST_MARKS, of) if isinstance(one, str)]
    return tuple(dict.fromkeys(one for one in texts if 0 < len(one) <= longest))


def _sha256(entry: Mapping[str, Any], of: str) -> str:
    sha256 = entry.get("sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ManifestError(f"{of} has no SHA-256.")
    return sha256


def _file(entry: Mapping[str, Any]) -> str | None:
    file = entry.get("file")
    return file if isinstance(file, str) else None
