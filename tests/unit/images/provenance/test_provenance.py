"""Signed provenance: read, found changed, broken by a recipe, and never fetched."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from components.images.metadata import with_recipe
from components.images.provenance import provenance, reader
from components.images.provenance.manifest import carries_manifest
from components.images.provenance.provenance import Provenance, read_provenance
from tests.unit.images.signed_images import SIGNER, TYPES, signed, unsigned
from tests.wire.loopback import Loopback, plain_answer

RECIPE = {"image_workbench": 1, "values": {"prompt": "a boat"}}
needs_c2pa = pytest.mark.skipif(not provenance.is_installed(), reason="c2pa-python is not installed")


def file(folder: Path, data: bytes) -> Path:
    path = folder / "image.bin"
    path.write_bytes(data)
    return path


@needs_c2pa
@pytest.mark.parametrize("kind", TYPES)
def test_a_signature_holds_until_a_recipe_is_added(tmp_path: Path, kind: str) -> None:
    """The signed file says who made it; its download with a recipe still carries a signature, which no longer holds."""
    path = file(tmp_path, signed(kind))
    assert carries_manifest(path)
    assert reader.main(str(path))["state"] == "valid"
    path.write_bytes(b"".join(with_recipe(path, kind.lower(), RECIPE)))
    assert carries_manifest(path)
    broken = reader.main(str(path))
    assert (broken["state"], broken["signer"]) == ("invalid", SIGNER)
    assert broken["problems"]


@needs_c2pa
def test_a_file_says_who_made_it_and_with_what(tmp_path: Path) -> None:
    """Read in a process of its own, as the app does."""
    assert read_provenance(file(tmp_path, signed())) == Provenance(
        "valid",
        signer=SIGNER,
        programs=("Test Maker 1.0",),
        models=("gpt-image-2",),
        actions=("created",),
        is_ai=True,
    )


@needs_c2pa
def test_a_changed_pixel_is_invalid_and_no_signature_is_not_present(tmp_path: Path) -> None:
    """One changed byte of the pixels breaks the signature; an ordinary file has none, neither has what is no image."""
    data = bytearray(signed())
    data[-40] ^= 1
    assert reader.main(str(file(tmp_path, bytes(data))))["state"] == "invalid"
    for plain in (*map(unsigned, TYPES), b"no image", bytes(2000)):
        path = file(tmp_path, plain)
        assert not carries_manifest(path)
        assert reader.main(str(path)) == {"state": "not_present"}


@needs_c2pa
def test_a_manifest_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    """A file can name any address; nobody learns that it was looked at."""
    with Loopback() as server:
        server.answer(plain_answer("", status=404))
        path = file(tmp_path, signed(remote=f"{server.origin}/manifest.c2pa"))
        assert reader.main(str(path))["state"] == "remote"
        assert server.requests == []


def test_a_file_that_takes_too_long_or_a_reader_that_dies_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app waits only so long, and does not die with the native library; no key of a server reaches the process."""
    monkeypatch.setattr(provenance, "is_installed", lambda: True)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    script = tmp_path / "reader.py"
    monkeypatch.setattr(provenance, "READER", script)
    monkeypatch.setattr(provenance, "SECONDS", 0.5)
    script.write_text("import time; time.sleep(30)")
    assert read_provenance(tmp_path).state == "unreadable"
    monkeypatch.setattr(provenance, "SECONDS", 15)
    for source in ("import os; os.abort()", 'print(\'{"state": "odd"}\')', "print('no JSON')"):
        script.write_text(source)
        assert read_provenance(tmp_path).state == "unreadable"
    script.write_text("import json, os; print(json.dumps({'state': 'valid', 'signer': ' '.join(os.environ)}))")
    assert "OPENAI" not in read_provenance(tmp_path).signer


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_the_reader_limits_its_own_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file makes the library allocate ends with the process, not with the machine."""
    monkeypatch.setattr(provenance, "is_installed", lambda: True)
    script = tmp_path / "reader.py"
    monkeypatch.setattr(provenance, "READER", script)
    folder = str(Path(reader.__file__).parent)
    start = f"import sys; sys.path.insert(0, {folder!r}); import reader; reader.limit_itself()"
    for size, state in ((1000, "valid"), (reader.MEMORY, "unreadable")):
        script.write_text(f'{start}; bytearray({size}); print(\'{{"state": "valid"}}\')')
        assert read_provenance(tmp_path).state == state


def test_texts_of_a_hostile_manifest_are_few_and_short() -> None:
    """Whatever stands in a manifest, some short texts of it leave the process."""
    programs = [{"name": "x" * 5000}, 7, None, *({"name": f"a\nb{number}"} for number in range(50))]
    actions = {"label": "c2pa.actions", "data": {"actions": [{"action": 5, "softwareAgent": []}, "none"]}}
    manifest = {"claim_generator_info": programs, "assertions": [actions, 3], "signature_info": [], "ingredients": {}}
    found = reader.described({"active_manifest": "m", "manifests": {"m": manifest}, "validation_status": "?"})
    assert found["programs"] == ["x" * reader.LONGEST, *(f"a b{number}" for number in range(reader.MOST - 1))]
    assert found["models"] == found["problems"] == found["ingredients"] == []


def test_without_the_package_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is claimed about the file."""
    monkeypatch.setattr(provenance, "is_installed", lambda: False)
    assert read_provenance(file(tmp_path, unsigned("PNG"))) == Provenance("not_installed")
