"""The version of an output without its background survives crashes and travels in archives."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from components.images.errors import ImageRefused
from components.library import check_library, open_library
from components.library.archive.importer import import_zip
from components.runs.saving.cut_background import cut_as_asked, cut_background, cut_version
from tests.unit.library.archive.archives import everything, exported
from tests.unit.library.library_fixtures import add, ask, begin, crash
from tests.unit.library.maintenance.test_recovery import Died, dies


def flat() -> bytes:
    """A dark square before green."""
    image = Image.new("RGB", (64, 48), (0, 255, 0))
    image.paste((30, 40, 60), (20, 10, 44, 38))
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("step", "is_whole"),
    [
        ("components.runs.saving.cut_background.digest", False),
        ("components.runs.saving.cut_background.inspect", True),
        ("components.library.store.insert", True),
    ],
)
def test_killed_while_the_background_is_cut_out(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, is_whole: bool
) -> None:
    """After a crash the version is complete or absent, and its image is there."""
    dead = open_library(data_folder)
    extra = {"cut_background": "#00ff00"}
    dead.begin_run("r1", ask(), connection_id="c1", connection_name="Test", extra=extra)
    dead.update_run("r1", state="running")
    stored = add(dead, "r1", 0, flat())
    with monkeypatch.context() as patched:
        patched.setattr(step, dies)
        with pytest.raises(Died):
            cut_background(dead, stored, "#00ff00")
    crash(dead)
    library = open_library(data_folder)
    found = library.outputs("r1")
    assert found[0] == stored
    assert [one.role for one in found] == (["image", "cutout"] if is_whole else ["image"])
    assert [one.facts for one in found[1:]] == ([extra] if is_whole else [])
    assert check_library(library, thorough=True).is_clean
    library.close()


def test_a_version_travels_in_an_archive(tmp_path: Path) -> None:
    """It comes out of another library as it went in, with the color that was cut."""
    one, other = (open_library(tmp_path / name) for name in ("one", "other"))
    begin(one, "r1")
    stored = add(one, "r1", 0, flat())
    cut = cut_background(one, stored)
    one.update_run("r1", state="done", ended=5.0)
    assert (cut.id, cut.has_alpha, cut.facts) == ("r1-0-cut", True, {"cut_background": "#00ff00"})
    import_zip(other, exported(one, tmp_path / "all.zip"))
    assert everything(other) == everything(one)
    assert cut_version(other, stored) is not None
    for library in (one, other):
        library.close()


def test_another_background_than_the_one_asked_for_stays(data_folder: Path) -> None:
    """The output says why, and nothing is cut."""
    library = open_library(data_folder)
    begin(library, "r1")
    stored = add(library, "r1", 0, flat())
    noted, cut = cut_as_asked(library, stored, "#ff00ff")
    assert cut is None
    assert "no flat background" in str((noted.facts or {})["not_cut"])
    with pytest.raises(ImageRefused):
        cut_background(library, stored, "#ff00ff")
    library.close()
