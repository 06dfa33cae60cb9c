"""Manifests that say what cannot be: it is refused with a sentence, and the rest comes in."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from components.library import Library, check_library
from components.library.archive.importer import Imported, import_zip
from components.library.db.schema import runs
from tests.unit.library.archive.archives import FOX, all_ids, altered, everything, exported, run_of
from tests.unit.runs.fake_client import png

RUN_NONSENSE: dict[str, Any] = {
    "id": ["../x", "", "a-b", "x" * 33, 7, None, {"a": 1}, "é"],
    "operation": ["dance", "edit", None, 3],
    "model": ["m" * 201, None, ["x"]],
    "state": ["happy", "x" * 17, None],
    "created": [1e308, -1, None, "now", True, 10**400],
    "ended": [1e300, "x", [1]],
    "n": [10**30, -1, 1.5, True, "4"],
    "prompt": [5, None, "x" * 1_000_001],
    "recipe": [None, [], "x", {"image_workbench": 1}, {"image_workbench": 99}],
    "usage": [[1], "x", 3],
    "cost_micros": [10**30, -5, "1", 0.5],
    "answer": [[], "x"],
    "error": [[], "x"],
    "extra": [[], 1],
    "outputs": [7, {"a": 1}, [7] * 1001],
    "inputs": [7, "x"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, all_ in RUN_NONSENSE.items() for value in all_])
def test_nonsense_in_a_run_refuses_that_run(
    name: str, value: Any, library: Library, other: Library, tmp_path: Path
) -> None:
    """With a sentence; the other runs come in."""
    archive = altered(
        exported(library, tmp_path / "all.zip"),
        tmp_path / "x.zip",
        lambda manifest: run_of(manifest).update({name: value}),
    )
    done = import_zip(other, archive)
    assert (done.runs, done.outputs) == (3, 1)
    assert len(done.refused) == 1
    assert len(done.refused[0]) < 300
    assert FOX not in all_ids(other, runs)


OUTPUT_NONSENSE: dict[str, Any] = {
    "id": ["../x-0", f"{FOX}-01", "edit1-0", f"{FOX}-99999", f"{FOX}-0-kept", 7, None, f"{FOX}-1"],
    "role": ["composite", "boss", 7],
    "sha256": ["f" * 64, "x", None, "../../../etc", "F" * 64],
    "file": [None, 7, "nothing.png", "manifest.csv", "manifest.json"],
    "title": [7, "x" * 1_000_001],
    "starred": ["yes", 1],
    "rating": [6, -1, "5", True],
    "rejected": ["no", 0],
    "created": [None, 1e300],
    "facts": [[1], "x"],
    "tags": ["x", {"a": 1}],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, all_ in OUTPUT_NONSENSE.items() for value in all_])
def test_nonsense_in_an_output_refuses_that_output(
    name: str, value: Any, library: Library, other: Library, tmp_path: Path
) -> None:
    """With a sentence; its run and the others come in, and the library is clean."""
    archive = altered(
        exported(library, tmp_path / "all.zip"),
        tmp_path / "x.zip",
        lambda manifest: run_of(manifest)["outputs"][0].update({name: value}),
    )
    done = import_zip(other, archive)
    assert (done.runs, done.outputs, len(done.refused)) == (4, 2, 1)
    assert len(done.refused[0]) < 300
    assert check_library(other, thorough=True).is_clean


def test_odd_values_inside_json_are_made_harmless(library: Library, other: Library, tmp_path: Path) -> None:
    """Pages read what is inside a run's JSON, so it is of the types that they take it to be."""

    def change(manifest: dict[str, Any]) -> None:
        run_of(manifest).update(
            usage={"output_tokens": "many", "input_tokens": 3, "details": {"a": [1]}},
            error={"what": "x", "title": {"a": 1}},
            extra={"batch": {"id": 7, "of": "x", "place": 2}, "checks": [1, {"a": 2}], "schema": 7, "new": "kept"},
            text="half \ud800 and \0",
        )

    archive = altered(exported(library, tmp_path / "all.zip"), tmp_path / "x.zip", change)
    assert import_zip(other, archive).refused == ()
    run = other.run(FOX)
    assert run is not None
    assert run.usage == {"input_tokens": 3, "details": {}}
    assert run.error == {"what": "x"}
    assert run.extra == {"batch": {"place": 2}, "checks": [], "new": "kept"}
    assert run.text == "half ? and "


def test_image_properties_come_from_the_file(library: Library, other: Library, tmp_path: Path) -> None:
    """The manifest may say what it likes."""

    def change(manifest: dict[str, Any]) -> None:
        reported = {"width": 9999, "height": "x", "format": "exe", "frames": 10**40, "has_alpha": None, "bytes": -1}
        run_of(manifest)["outputs"][0].update(reported, position=77, run_id="other", deleted_at="x")

    archive = altered(exported(library, tmp_path / "all.zip"), tmp_path / "x.zip", change)
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert everything(other) == everything(library)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"not an image at all", "not an image"),
        (b"", "empty"),
        (png(1)[:-40], "broken"),
        (png(1, (200, 200)), "megapixels"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><svg width="1" height="1"/>', "."),
    ],
)
def test_a_file_that_is_not_an_image_is_refused(
    data: bytes, says: str, library: Library, other: Library, tmp_path: Path
) -> None:
    """Though its SHA-256 is right."""

    def change(manifest: dict[str, Any]) -> None:
        run_of(manifest)["outputs"][0].update(file="odd", sha256=hashlib.sha256(data).hexdigest())
        run_of(manifest, "edit1")["inputs"][0].update(file="odd", sha256=hashlib.sha256(data).hexdigest())

    archive = altered(exported(library, tmp_path / "all.zip"), tmp_path / "x.zip", change, {"odd": data})
    done = import_zip(other, archive)
    assert (done.runs, done.outputs, len(done.refused)) == (4, 2, 2)
    assert all(says in sentence for sentence in done.refused)
    assert len(other.inputs("edit1")["image"]) == 1
    assert check_library(other, thorough=True).is_clean


def test_a_refused_run_leaves_no_thumbnail_to_another(library: Library, other: Library, tmp_path: Path) -> None:
    """An SVG after a refused image does not get that image's thumbnail."""
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'

    def change(manifest: dict[str, Any]) -> None:
        run_of(manifest)["inputs"] = "x"
        run_of(manifest, "edit1")["outputs"][0].update(file="a.svg", sha256=hashlib.sha256(drawing).hexdigest())

    archive = altered(exported(library, tmp_path / "all.zip"), tmp_path / "x.zip", change, {"a.svg": drawing})
    done = import_zip(other, archive)
    assert (done.runs, done.outputs, len(done.refused)) == (3, 1, 1)
    found = other.output("edit1-0")
    assert found is not None
    assert (found.format, found.width) == ("svg", 4)
    assert other.file("thumbnail", found.sha256) is None
    assert check_library(other, thorough=True).is_clean
