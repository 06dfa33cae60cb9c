"""Many people do the same thing with the same image in one instant: nobody is refused, and nothing is lost."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image

from components.images.intake.intake import take_in
from components.images.masks.png import mask_png
from components.library import Library, check_library
from components.library.maintenance.check import remake_thumbnail
from components.parameters import InputImage
from tests.setup.environment import ROOT
from tests.unit.library.file_places import place_of
from tests.unit.library.library_fixtures import add, an_input, ask, begin

SESSIONS = 20
ROUNDS = 5

T = TypeVar("T")


@pytest.fixture
def sample() -> Path:
    """The image that everyone uses."""
    return ROOT / "tests" / "samples" / "chelsea.png"


def together(act: Callable[[int], T], count: int = SESSIONS) -> list[T]:
    """Do something in so many threads at once; what each returned. Raise what any of them raised."""
    barrier = threading.Barrier(count)

    def one(number: int) -> T:
        barrier.wait(60)
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_twenty_sessions_with_one_shared_sample_image(library: Library, sample: Path) -> None:
    """20 sessions drop the same sample, mask it alike and run, again and again: every run has both files complete."""
    data = sample.read_bytes()

    def session(number: int) -> list[str]:
        run_ids = []
        for turn in range(ROUNDS):
            image = library.keep_input(take_in("sample.png", data, library.staging, max_pixels=10**8).image)
            mask = library.keep_input(masked(image, library, turn))
            run_ids.append(begin(library, f"r{number}-{turn}", ask(images=(image,), mask=mask)))
        return run_ids

    begun = [run_id for run_ids in together(session) for run_id in run_ids]
    assert len(set(begun)) == SESSIONS * ROUNDS
    for run_id in begun:
        inputs = library.inputs(run_id)
        for kept in (*inputs["image"], *inputs["mask"]):
            assert hashlib.sha256(kept.path.read_bytes()).hexdigest() == kept.sha256
        assert (len(inputs["image"]), len(inputs["mask"])) == (1, 1)
    assert len(place_of(library).names("input")) == 1 + ROUNDS
    assert list(library.staging.iterdir()) == []


def masked(image: InputImage, library: Library, seed: int) -> InputImage:
    """The mask that everyone paints in this turn."""
    painted = Image.new("L", (image.width, image.height), 0)
    painted.paste(255, (seed, seed, 60 + seed, 60 + seed))
    return mask_png(painted, library.staging)


def test_one_file_is_copied_in_by_many(library: Library, tmp_path: Path) -> None:
    """An image from an earlier run, which is copied, goes into many new runs at once."""
    images = [an_input(tmp_path, f"{seed}.png", seed) for seed in range(ROUNDS)]

    def session(number: int) -> list[bytes]:
        return [library.keep_input(image).path.read_bytes() for image in images]

    assert all(found == [image.path.read_bytes() for image in images] for found in together(session))
    assert list(library.staging.iterdir()) == []


@pytest.mark.folder
def test_one_staged_file_is_kept_by_many(library: Library, sample: Path) -> None:
    """Several runs of one request begin at once, whose image is in staging still: it is kept once, none is refused."""
    for _ in range(ROUNDS):
        image = take_in("sample.png", sample, library.staging, max_pixels=10**8).image
        assert len({kept.path for kept in together(lambda _, image=image: library.keep_input(image))}) == 1  # type: ignore[misc]
        (library.folder / "inputs" / image.sha256[:2] / f"{image.sha256}.png").unlink()


def test_a_lost_thumbnail_is_made_by_many(library: Library, sample: Path) -> None:
    """Two threads that miss the same thumbnail both create it without conflict."""
    stored = add(library, begin(library, "r1"), 0, small(sample))
    original, thumbnail = library.file("original", stored.sha256), library.file("thumbnail", stored.sha256)
    assert original is not None
    assert thumbnail is not None
    thumbnail.unlink()
    assert set(together(lambda _: remake_thumbnail(library, original, stored.sha256))) == {"created again"}
    assert check_library(library, thorough=True).is_clean


def test_one_file_is_removed_and_wanted_by_many(library: Library, sample: Path) -> None:
    """Several remove a file that is wanted after all: it stays, whatever the order of their steps."""
    stored = add(library, begin(library, "r1"), 0, small(sample))
    together(lambda _: library.files.remove("original", stored.sha256, lambda _: True))
    library.files.restore_removed("original", stored.sha256)
    assert check_library(library, thorough=True).is_clean


def small(sample: Path) -> bytes:
    """The sample small enough for the collections."""
    buffer = BytesIO()
    with Image.open(sample) as image:
        image.resize((80, 60)).save(buffer, "PNG")
    return buffer.getvalue()
