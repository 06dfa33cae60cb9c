"""The text in images: read in the background, once, and found by search; nothing happens without an OCR."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text as sql

from components.images import ocr
from components.library import Library, open_library
from components.library.archive.importer import import_zip
from components.library.output_texts import unread_outputs
from components.library.queries.pages import Filter, page
from components.library.trash import empty_trash, move_to_trash
from components.runs import ImageTextRunner
from tests.unit.library.archive.archives import exported
from tests.unit.library.file_places import place_of
from tests.unit.library.library_fixtures import add, answered, begin
from tests.unit.runs.fake_client import SECONDS, png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>'


class Reader:
    """An OCR that finds the next of some texts in each image."""

    def __init__(self, *texts: Any) -> None:
        self.texts = list(texts)
        self.calls = 0

    def __call__(self, pixels: Any) -> Any:
        self.calls += 1
        found = self.texts.pop(0)
        if isinstance(found, Exception):
            raise found
        return SimpleNamespace(txts=found)


def install(monkeypatch: pytest.MonkeyPatch, *texts: Any) -> Reader:
    reader = Reader(*texts)
    monkeypatch.setattr(ocr, "is_installed", lambda: True)
    monkeypatch.setattr(ocr, "_reader", lambda: reader)
    return reader


def found(library: Library, words: str) -> list[str]:
    return [one.run.id for one in page(library, Filter(words=words)).runs]


def texts(library: Library) -> dict[str, str | None]:
    with library.engine.connect() as connection:
        return {row.id: row.text_in_image for row in connection.execute(sql("SELECT id, text_in_image FROM outputs"))}


def test_images_are_read_once_and_found_by_their_text(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest first; answers and drawings have no pixels; a single letter is no text; equal files are read once."""
    for number, data in enumerate((png(1), png(2), png(1), SVG)):
        add(library, begin(library, f"r{number}"), 0, data)
    answered(library, "asked", tmp_path)
    reader = install(monkeypatch, ("Fresh bread,", "x", "daily"), None)
    runner = ImageTextRunner(library, 1_000_000)
    assert runner.read_unread() == 3
    assert reader.calls == 2
    expected = {"r0-0": "Fresh bread,\ndaily", "r1-0": "", "r2-0": "Fresh bread,\ndaily", "r3-0": "", "asked-text": ""}
    assert texts(library) == expected
    assert found(library, '"bread daily"') == ["r2", "r0"]
    assert found(library, "bre") == ["r2", "r0"]
    assert runner.read_unread() == 0
    stored = library.output("r0-0")
    assert stored is not None
    assert stored.text_in_image == "Fresh bread,\ndaily"


def test_what_cannot_be_read_is_not_tried_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the OCR and an image that is too large leave the others; a missing file waits for the next start."""
    for number in range(3):
        add(library, begin(library, f"r{number}"), 0, png(number))
    missing = library.output("r2-0")
    assert missing is not None
    path = library.file("original", missing.sha256)
    assert path is not None
    content = path.read_bytes()
    place = place_of(library)
    place.harm("original", missing.sha256, None)
    install(monkeypatch, RuntimeError("its fault"), ("Bread",), ("Butter",))
    runner = ImageTextRunner(library, 1_000_000)
    assert runner.read_unread() == 3
    assert sorted(map(str, texts(library).values())) == ["", "Bread", "None"]
    place.harm("original", missing.sha256, content)
    assert runner.read_unread() == 0
    assert ImageTextRunner(library, 1_000_000).read_unread() == 1
    assert sorted(map(str, texts(library).values())) == ["", "Bread", "Butter"]
    add(library, begin(library, "large"), 0, png(9))
    assert ImageTextRunner(library, 10).read_unread() == 1
    assert unread_outputs(library, 9) == []


def test_the_text_goes_with_its_image_and_through_an_archive(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is deleted for good is not found any more; an import brings the text along and reads nothing again."""
    add(library, begin(library, "r1"), 0, png(1))
    library.update_run("r1", state="done")
    install(monkeypatch, ("Fresh bread",))
    ImageTextRunner(library, 1_000_000).read_unread()
    archive = exported(library, tmp_path / "all.zip")
    other = open_library(tmp_path / "other")
    import_zip(other, archive)
    assert found(other, "bread") == ["r1"]
    assert unread_outputs(other, 9) == []
    other.close()
    move_to_trash(library, ["r1-0"])
    empty_trash(library)
    assert found(library, "bread") == []


def test_it_works_in_the_background_only_where_an_ocr_is_installed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one nothing is read, and nothing counts as read."""
    add(library, begin(library, "r1"), 0, png(1))
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    idle = ImageTextRunner(library, 1_000_000, first=0)
    idle.start()
    idle.stop()
    assert texts(library) == {"r1-0": None}
    install(monkeypatch, ("Bread",))
    runner = ImageTextRunner(library, 1_000_000, first=0)
    runner.start()
    deadline = time.monotonic() + SECONDS
    while texts(library) == {"r1-0": None} and time.monotonic() < deadline:
        time.sleep(0.02)
    runner.stop()
    assert found(library, "bread") == ["r1"]


@pytest.mark.skipif(not ocr.is_installed(), reason="rapidocr is not installed")
def test_letters_are_read(tmp_path: Path) -> None:
    """The real OCR, where it is installed."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (500, 120), "white")
    ImageDraw.Draw(image).text((20, 20), "Fresh bread", "black", ImageFont.load_default(60))
    image.save(tmp_path / "bread.png")
    assert (ocr.read_text(tmp_path / "bread.png", 10**6) or "").split() == ["Fresh", "bread"]
    turned = image.rotate(90, expand=True)
    turned.getexif()[0x0112] = 6
    assert (ocr.read_decoded(turned) or "").split() == ["Fresh", "bread"]
