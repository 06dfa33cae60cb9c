"""The format of an archive of the library: its file names and its manifest.

An archive is a ZIP with `images/` (the originals, under readable names), `inputs/` (by SHA-256), `manifest.csv` for
people and `manifest.json` for programs. `exporter` writes it, `importer` reads it.
"""

from __future__ import annotations

import math
import re
import time
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table

from components.library.db.rows import MICROS
from components.library.db.schema import ANSWER

VERSION = 1
VERSION_KEY = "image_workbench_archive"
MANIFEST = "manifest.json"
TABLE = "manifest.csv"
LONGEST_SLUG = 40

# Columns that are meaningful only in this library.
PRIVATE_COLUMNS = frozenset({"process", "imported_at", "is_private"})

# Parts of error messages that must not be exported.
_SECRETS = (
    (re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>“”]+", re.IGNORECASE), "(address)"),
    (re.compile(r"\b(?:Bearer\s+\S+|(?:sk|pk|key|tok)-[\w-]{8,}\S*)", re.IGNORECASE), "(key)"),
    (re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?![\w.])"), "(address)"),
)
# Older versions did not store the host with the error; the sentences of these errors contain it.
_NETWORK_ERRORS = frozenset({"Unreachable", "ConnectionLost", "NoAnswerInTime"})
_SERVER = re.compile(
    r"^\S+(?= (?:refuses|broke|was silent|does not|did not) )|(?<=connection to )\S+|(?<=certificate of )\S+"
    r"|(?<=The name )\S+|(?<=on the way to )\S+"
)
_URL = re.compile(r"(?:https?|wss?|file)://\S+", re.IGNORECASE)


def slug(words: str) -> str:
    """Return the letters and digits of a text in lower case, with hyphens between words, at most 40 characters."""
    kept = "".join(
        sign if sign.isalnum() or unicodedata.category(sign).startswith("M") else " "
        for sign in unicodedata.normalize("NFC", words[:400]).lower()
    )
    return "-".join(kept.split())[:LONGEST_SLUG].rstrip("-")


class FileNames:
    """Assign file names to images that are unique on case-insensitive file systems too."""

    def __init__(self) -> None:
        """Start without any names taken."""
        self._taken: set[str] = set()

    def of(self, run: Mapping[str, Any], output: Mapping[str, Any], suffix: str) -> str:
        """Return a name under `images/`: day, words, end of the run's id, number. `suffix` includes its dot."""
        day = zip_time(output["created"]).strftime("%Y-%m-%d")
        words = slug(output["title"]) or slug(run["prompt"]) or slug(run["operation"]) or "image"
        mark = re.sub(r"[^0-9A-Za-z]", "", str(run["id"]))[-6:]
        # A composite has the same position as the image that it was made from.
        kept = "" if output["role"] == "image" else f"-{slug(output['role'])}"
        stem = f"{day}-{words}-{mark}-{output['position'] + 1}{kept}"
        name, count = f"{stem}{suffix}", 1
        while (key := unicodedata.normalize("NFKC", name).casefold()) in self._taken:
            count += 1
            name = f"{stem}-{count}{suffix}"
        self._taken.add(key)
        return f"images/{name}"


def zip_time(seconds: float) -> datetime:
    """Return the local time of unix seconds, limited to the years that ZIP can store: 1980 to 2107."""
    try:
        found = datetime.fromtimestamp(seconds).astimezone()
    except (ValueError, OverflowError, OSError):
        found = datetime.fromtimestamp(time.time()).astimezone()
    return found if 1980 <= found.year <= 2107 else found.replace(year=1980 if found.year < 1980 else 2107, day=1)


def manifest_row(table: Table, row: Mapping[Any, Any], folder: str) -> dict[str, Any]:
    """Return a row for the manifest, without addresses, keys and paths of `folder`."""
    return {
        column.name: _portable(row[column.name], folder, messages=column.name == "error")
        for column in table.columns
        if column.name not in PRIVATE_COLUMNS
    }


def _portable(value: Any, folder: str, *, messages: bool) -> Any:
    # Text columns contain what people and models wrote; JSON columns contain messages of servers and of the app.
    if messages and isinstance(value, Mapping):
        value = _without_host(value)
    return _nested(value, folder, messages) if isinstance(value, Mapping | list | float) else value


def _without_host(error: Mapping[str, Any]) -> Mapping[str, Any]:
    what = str(error.get("what") or "")
    if host := error.get("host"):
        left = {name: value for name, value in error.items() if name != "host"}
        return {**left, "what": what.replace(str(host), "(address)")}
    return {**error, "what": _SERVER.sub("(address)", what)} if error.get("kind") in _NETWORK_ERRORS else error


def _nested(value: Any, folder: str, messages: bool) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _nested(one, folder, messages) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_nested(one, folder, messages) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no such number
    if not isinstance(value, str):
        return value
    if _URL.fullmatch(value):
        return "(address)"
    if messages:
        for pattern, instead in _SECRETS:
            value = pattern.sub(instead, value)
    return value.replace(folder, "(folder)")


# manifest.csv

_RUN_COLUMNS = ("id", "operation", "state", "owner", "model", "connection_name", "prompt", "text")
_MARKS = ("title", "note", "starred", "rating", "rejected")
_OUTPUT_COLUMNS = (*_MARKS, "role", "width", "height", "format", "bytes", "sha256", "revised_prompt")
COLUMNS = ("file", "output", "created", *(f"run_{name}" for name in _RUN_COLUMNS), "run_cost_usd", "run_error")
COLUMNS = (*COLUMNS, *_OUTPUT_COLUMNS, "tags", "collections")


def table_rows(run: Mapping[str, Any]) -> Iterable[list[Any]]:
    """Yield the rows of manifest.csv for a run of the manifest: one for each output, or one for a run without."""
    error = run["error"] or {}
    micros = run["cost_micros"]
    of_run = {
        "created": zip_time(run["created"]).isoformat(" ", "seconds"),
        **{f"run_{name}": run[name] for name in _RUN_COLUMNS},
        "run_cost_usd": "" if micros is None else micros / MICROS,
        "run_error": " ".join(str(error.get(part) or "") for part in ("title", "what")).strip(),
    }
    for output in run["outputs"]:
        of_output = {name: output[name] for name in _OUTPUT_COLUMNS}
        no_file = "" if output["role"] == ANSWER else "(missing)"
        names = {"file": output["file"] or no_file, "output": output["id"]}
        lists = {name: ", ".join(output[name]) for name in ("tags", "collections")}
        yield _cells({**of_run, **names, **of_output, **lists, "created": _day(output["created"])})
    if not run["outputs"]:
        yield _cells(of_run)


def _day(seconds: float) -> str:
    return zip_time(seconds).isoformat(" ", "seconds")


def _cells(values: Mapping[str, Any]) -> list[Any]:
    return [values.get(name) for name in COLUMNS]
