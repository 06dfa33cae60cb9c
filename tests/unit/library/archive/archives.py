"""What the tests of archives fill a library with, compare, and change in a ZIP."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select, update

from components.library import Library
from components.library.archive.exporter import export_zip
from components.library.db.schema import collection_outputs, collections, inputs, output_tags, outputs, runs
from tests.unit.library.file_places import place_of
from tests.unit.library.library_fixtures import add, an_input, ask, begin
from tests.unit.runs.fake_client import png

FOX = "0123456789abcdef0123456789abcdef"
Change = Callable[[dict[str, Any]], None]


def fill(library: Library, folder: Path) -> None:
    """Two runs with images, one of them an edit, an analysis, and a failed run."""
    begin(library, FOX, ask(prompt="A red fox, in snow"))
    first, second = (add(library, FOX, place, png(place)) for place in range(2))
    source = an_input(folder, "me.png", 9)
    source = type(source)(**{**vars(source), "has_alpha": False})
    begin(library, "edit1", ask(images=(source, source), prompt="狐をもっと赤く"))
    third = add(library, "edit1", 0, png(3))
    begin(library, "words1")
    begin(library, "failed1")
    library.update_run(FOX, state="done", cost=Decimal("0.04"), usage={"output_tokens": 9}, answer={"created": 1})
    library.update_run(
        "edit1", state="done", parent_output=first.id, started=5.5, ended=7.25, extra={"keep_outside": 8}
    )
    library.update_run("words1", state="done", text="It is a fox.", request_id="req_1")
    library.update_run("failed1", state="failed", error={"title": "Refused", "what": "No.", "retry_after": None})
    library.set_facts(third.id, {"changed": 0.25})
    with library.engine.begin() as connection:
        labels = {"title": "Rotfuchs", "note": "for the cover", "starred": True, "rating": 4, "rejected": True}
        connection.execute(update(outputs).where(outputs.c.id == second.id).values(**labels))
        connection.execute(insert(output_tags), [{"tag": tag, "output_id": second.id} for tag in ("snow", "animals")])
        connection.execute(insert(collections).values(id="col1", name="Winter", created=1.0))
        connection.execute(insert(collection_outputs).values(collection_id="col1", output_id=second.id, added=1.0))


def rows(library: Library, table: Table, without: tuple[str, ...] = ("process", "imported_at")) -> list[dict[str, Any]]:
    """A table's rows in the order of its key."""
    with library.engine.connect() as connection:
        found = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        return [{name: value for name, value in row.items() if name not in without} for row in found]


def everything(library: Library) -> dict[str, Any]:
    """All rows that an archive tells of, and all files."""
    named = select(collections.c.name, collection_outputs.c.output_id).join(collection_outputs)
    with library.engine.connect() as connection:
        collected = [tuple(row) for row in connection.execute(named.order_by(*named.selected_columns))]
    return {
        "collections": collected,
        "files": place_of(library).contents(),
        **{table.name: rows(library, table) for table in (runs, outputs, inputs, output_tags)},
    }


def all_ids(library: Library, table: Table) -> list[str]:
    """The ids of a table's rows."""
    return [row["id"] for row in rows(library, table)]


def exported(library: Library, target: Path, output_ids: list[str] | None = None) -> Path:
    """Everything in the library, or only some outputs, as a ZIP."""
    complete = all_ids(library, runs) if output_ids is None else []
    ids = all_ids(library, outputs) if output_ids is None else output_ids
    target.write_bytes(b"".join(export_zip(library, ids, run_ids=complete)))
    return target


def manifest_of(path: Path) -> dict[str, Any]:
    """What an archive's manifest says."""
    with zipfile.ZipFile(path) as archive:
        found = json.loads(archive.read("manifest.json"))
    assert isinstance(found, dict)
    return found


def altered(path: Path, target: Path, change: Change, files: dict[str, bytes] | None = None) -> Path:
    """The archive with another manifest, and with some files more or others."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if name != "manifest.json" and name not in (files or {}):
                new.writestr(name, old.read(name))
        for name, data in (files or {}).items():
            new.writestr(name, data)
        manifest = manifest_of(path)
        change(manifest)
        new.writestr("manifest.json", json.dumps(manifest))
    return target


def run_of(manifest: dict[str, Any], run_id: str = FOX) -> dict[str, Any]:
    """One run in a manifest."""
    return next(run for run in manifest["runs"] if run["id"] == run_id)
