"""The form of an archive of the library: what its files are called, and what its manifest says of a run.

An archive is a ZIP with `images/` (the originals, under names that tell something), `inputs/` (what went in, by
SHA-256), `manifest.csv` for people and `manifest.json` for machines. `archive_out` writes it, `archive_in` reads it.
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

from components.library.csv_cells import cell
from components.library.db.rows import MICROS
from components.library.db.schema import ANSWER

VERSION = 1
VERSION_KEY = "image_workbench_archive"
MANIFEST = "manifest.json"
TABLE = "manifest.csv"
LONGEST_SLUG = 40

# Who works on a run, and when it was imported, is of this library alone.
PRIVATE_COLUMNS = frozenset({"process", "imported_at"})

# What a message of a server or of the disk may say and must not leave the house.
_SECRETS = (
    (re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>“”]+", re.IGNORECASE), "(address)"),
    (re.compile(r"\b(?:Bearer\s+\S+|(?:sk|pk|key|tok)-[\w-]{8,}\S*)", re.IGNORECASE), "(key)"),
    (re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?![\w.])"), "(address)"),
)
# Rows of versions that did not store the host with the error: where the sentences of these errors name it.
_NETWORK_ERRORS = frozenset({"Unreachable", "ConnectionLost", "NoAnswerInTime"})
_SERVER = re.compile(
    r"^\S+(?= (?:refuses|broke|was silent|does not|did not) )|(?<=connection to )\S+|(?<=certificate of )\S+"
    r"|(?<=The name )\S+|(?<=on the way to )\S+"
)
_WHOLE_ADDRESS = re.compile(r"(?:https?|wss?|file)://\S+", re.IGNORECASE)


def slug(words: str) -> str:
    """The letters and digits of any script in a few words, at most 40 characters, small, with hyphens between."""
    kept = "".join(
        sign if sign.isalnum() or unicodedata.category(sign).startswith("M") else " "
        for sign in unicodedata.normalize("NFC", words[:400]).lower()
    )
    return "-".join(kept.split())[:LONGEST_SLUG].rstrip("-")


class FileNames:
    """Gives each picture a name of its own, also where big and small letters are the same."""

    def __init__(self) -> None:
        """No name is taken yet."""
        self._taken: set[str] = set()

    def of(self, run: Mapping[str, Any], output: Mapping[str, Any], suffix: str) -> str:
        """A picture's name under `images/`: day, words, end of the run's id, number. `suffix` comes with its dot."""
        day = zip_time(output["created"]).strftime("%Y-%m-%d")
        words = slug(output["title"]) or slug(run["prompt"]) or slug(run["operation"]) or "picture"
        mark = re.sub(r"[^0-9A-Za-z]", "", str(run["id"]))[-6:]
        # What was made from a picture here has the same place as that picture.
        kept = "" if output["role"] == "image" else f"-{slug(output['role'])}"
        stem = f"{day}-{words}-{mark}-{output['position'] + 1}{kept}"
        name, count = f"{stem}{suffix}", 1
        while (key := unicodedata.normalize("NFKC", name).casefold()) in self._taken:
            count += 1
            name = f"{stem}-{count}{suffix}"
        self._taken.add(key)
        return f"images/{name}"


def zip_time(seconds: float) -> datetime:
    """Local time of unix seconds; the nearest that a ZIP can tell, which is from 1980 to 2107."""
    try:
        found = datetime.fromtimestamp(seconds).astimezone()
    except (ValueError, OverflowError, OSError):
        found = datetime.fromtimestamp(time.time()).astimezone()
    return found if 1980 <= found.year <= 2107 else found.replace(year=1980 if found.year < 1980 else 2107, day=1)


def manifest_row(table: Table, row: Mapping[Any, Any], folder: str) -> dict[str, Any]:
    """A row as the manifest tells it, whatever columns there are; without addresses, keys and paths of `folder`."""
    return {
        column.name: _portable(row[column.name], folder, messages=column.name == "error")
        for column in table.columns
        if column.name not in PRIVATE_COLUMNS
    }


def _portable(value: Any, folder: str, *, messages: bool) -> Any:
    # Texts of columns are a person's own, or what a model said; in JSON are the words of servers and of the app.
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
    if _WHOLE_ADDRESS.fullmatch(value):
        return "(address)"
    if messages:
        for pattern, instead in _SECRETS:
            value = pattern.sub(instead, value)
    return value.replace(folder, "(folder)")


# The table for people

_OF_RUN = ("id", "operation", "state", "owner", "model", "connection_name", "prompt", "text")
_MARKS = ("title", "note", "starred", "rating", "rejected")
_OF_OUTPUT = (*_MARKS, "role", "width", "height", "format", "bytes", "sha256", "revised_prompt")
COLUMNS = ("file", "output", "created", *(f"run_{name}" for name in _OF_RUN), "run_cost_usd", "run_error")
COLUMNS = (*COLUMNS, *_OF_OUTPUT, "tags", "collections")


def table_rows(run: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    """A run of the manifest as lines of the table: one an output, or one for a run without."""
    error = run["error"] or {}
    micros = run["cost_micros"]
    of_run = {
        "created": zip_time(run["created"]).isoformat(" ", "seconds"),
        **{f"run_{name}": run[name] for name in _OF_RUN},
        "run_cost_usd": "" if micros is None else micros / MICROS,
        "run_error": " ".join(str(error.get(part) or "") for part in ("title", "what")).strip(),
    }
    for output in run["outputs"]:
        of_output = {name: output[name] for name in _OF_OUTPUT}
        no_file = "" if output["role"] == ANSWER else "(missing)"
        names = {"file": output["file"] or no_file, "output": output["id"]}
        lists = {name: ", ".join(output[name]) for name in ("tags", "collections")}
        yield _cells({**of_run, **names, **of_output, **lists, "created": _day(output["created"])})
    if not run["outputs"]:
        yield _cells(of_run)


def _day(seconds: float) -> str:
    return zip_time(seconds).isoformat(" ", "seconds")


def _cells(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: cell(values.get(name)) for name in COLUMNS}
