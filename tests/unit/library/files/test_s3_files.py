"""What only S3 has: an address, keys, a cache, an outage."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from components.library import Library, LibraryUnavailable
from components.library.errors import StorageError
from components.library.files.opening import open_files
from components.library.files.s3 import cache as cache_module
from components.library.files.s3 import store as store_module
from components.library.files.s3.cache import FileCache
from components.library.maintenance import housekeeping
from components.library.maintenance.housekeeping import Housekeeper
from components.library.request_inputs import local_inputs
from components.settings import SettingError
from tests.servers.network import free_port
from tests.servers.s3 import KEY_ID, SECRET, s3_client, s3_environment
from tests.unit.library.file_places import FilePlace, file_place, stored_bytes
from tests.unit.library.library_fixtures import add, an_input, ask, begin
from tests.unit.runs.fake_client import png

pytestmark = pytest.mark.own_store


@pytest.fixture
def place(data_folder: Path) -> Iterator[FilePlace]:
    """A fresh bucket."""
    with file_place("s3", data_folder) as fresh:
        yield fresh


@pytest.fixture
def library(place: FilePlace) -> Iterator[Library]:
    """An open library whose files are there."""
    opened = place.open()
    yield opened
    opened.close()


def interrupt_storage(monkeypatch: pytest.MonkeyPatch, library: Library) -> None:
    """Make the storage unreachable for an open library."""
    for name, value in s3_environment(f"http://127.0.0.1:{free_port()}").items():
        monkeypatch.setenv(name, value)
    library.files._store = store_module.connect("s3://library/images")  # type: ignore[attr-defined]


def test_an_outage_is_a_sentence_without_keys_and_loses_nothing(
    library: Library, place: FilePlace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While the storage is down nothing is written, the received image stays in staging, and a second attempt works."""
    begin(library, "r1")
    working = library.files._store  # type: ignore[attr-defined]
    interrupt_storage(monkeypatch, library)
    # Three minutes by default.
    assert library.files._store.retry_config["retry_timeout"] == timedelta(seconds=10)  # type: ignore[attr-defined]
    with caplog.at_level(logging.DEBUG), pytest.raises(LibraryUnavailable) as refused:
        add(library, "r1", 0, png(1))
    assert str(refused.value).startswith("The storage of the library's files cannot be reached.")
    reported = f"{refused.value} {caplog.text}"
    assert KEY_ID not in reported
    assert SECRET not in reported
    assert library.outputs("r1") == []
    assert (library.staging / "r1-0").read_bytes() == png(1)
    with pytest.raises(LibraryUnavailable):
        library.file("original", "0" * 64)
    library.files.hold(["0" * 64])  # never raises
    library.files._store = working  # type: ignore[attr-defined]
    assert add(library, "r1", 0, png(1)).sha256 in place.names("original")


def test_a_place_that_cannot_be_used_stops_the_opening(place: FilePlace, tmp_path: Path) -> None:
    """A typing error, a missing bucket and a wrong address are told apart."""
    with pytest.raises(SettingError, match=r"s3://BUCKET/PREFIX, not on '/srv/files'"):
        open_files(tmp_path, "/srv/files")
    with pytest.raises(StorageError, match="does not exist"):
        open_files(tmp_path, "s3://nobody-made-this/x")


def test_an_object_is_never_written_over(library: Library, place: FilePlace) -> None:
    """A second writer of the same content leaves the first one's object; one of another size is replaced."""
    data = png(1)
    sha256 = hashlib.sha256(data).hexdigest()
    add(library, begin(library, "r1"), 0, data)
    bucket, key = place._place(f"originals/{sha256[:2]}/{sha256}")
    before = s3_client().head_object(Bucket=bucket, Key=key)
    assert before["ContentType"] == "image/png"
    time.sleep(1.1)  # the storage's clock counts whole seconds
    add(library, begin(library, "r2"), 0, data)
    assert s3_client().head_object(Bucket=bucket, Key=key)["LastModified"] == before["LastModified"]
    place.harm("original", sha256, b"half")
    add(library, begin(library, "r3"), 0, data)
    assert library.files.digest("original", sha256) == sha256


def test_a_large_file_goes_up_in_parts(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the limit for one request arrives whole, and is not sent twice."""
    monkeypatch.setattr(store_module, "WHOLE_BYTES", 1 << 20)
    data = os.urandom(11 << 20)
    sha256 = hashlib.sha256(data).hexdigest()
    for _ in range(2):
        staged = library.staging / "large"
        staged.write_bytes(data)
        library.files.adopt(staged, "unopened", sha256, "bin")
        assert not staged.exists()
    assert library.files.digest("unopened", sha256) == sha256


def test_bytes_that_changed_on_their_way_are_refused(library: Library, place: FilePlace) -> None:
    """A damaged object is not shown as the image; neither is a damaged file stored."""
    output = add(library, begin(library, "r1"), 0, png(1))
    place.harm("original", output.sha256, b"x" * output.bytes)
    with pytest.raises(LibraryUnavailable, match="has changed on its way"):
        library.file("original", output.sha256)
    assert not list((place.folder / "cache").rglob("*.part"))
    staged = library.staging / "damaged"
    staged.write_bytes(b"x")
    with pytest.raises(StorageError, match="has changed on its way"):
        library.files.adopt(staged, "original", "0" * 64, "png")


def test_an_input_that_left_the_storage_is_put_back_from_its_copy(
    library: Library, place: FilePlace, tmp_path: Path
) -> None:
    """A run never refers to an input that only this server's cache has."""
    image = library.keep_input(an_input(tmp_path, "a.png", 1))
    bucket, key = place._place(f"inputs/{image.sha256[:2]}/{image.sha256}")
    s3_client().delete_object(Bucket=bucket, Key=key)
    begin(library, "r1", ask(images=(image,)))
    assert place.names("input") == {image.sha256}


def test_the_cache_stays_within_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The least recently used copies go first; one that is in use stays, and so does one that was just read."""
    monkeypatch.setattr(cache_module, "_NOTED_SECONDS", 0.0)
    cache = FileCache(tmp_path / "cache", 10_000)

    def store(number: int) -> str:
        sha256 = f"{number:064x}"
        part = cache.part()
        part.write_bytes(b"x" * 1000)
        path = cache.add(part, "original", sha256, "png")
        os.utime(path, (1000 + number, 1000 + number))
        return sha256

    names = [store(number) for number in range(9)]
    assert cache.find("original", names[0]) is not None  # used now
    names += [store(number) for number in range(9, 14)]
    left = {path.stem for path in (tmp_path / "cache" / "originals").glob("*/*")}
    assert len(left) <= 10
    assert names[0] in left
    assert names[-1] in left
    assert names[1] not in left
    # A copy that is removed between two looks is only missing.
    cache.remove("original", names[0])
    assert cache.find("original", names[0]) is None


def test_what_was_deleted_for_good_leaves_the_caches_of_other_servers(
    library: Library, place: FilePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the other server's hourly tidying; what is in the storage stays. The mark of an input goes with it."""
    other = open_files(tmp_path / "other", place.url)
    removed, kept = (library.keep_input(an_input(tmp_path, f"{seed}.png", seed)).sha256 for seed in (1, 2))
    library.files._mark(removed)  # type: ignore[attr-defined]
    assert other.find("input", removed)
    assert other.find("input", kept)
    assert library.files.remove("input", removed, lambda touched: False)
    assert not list(place._keys(f"held/{removed[:2]}/{removed}"))
    with monkeypatch.context() as hourly:
        hourly.setattr(housekeeping, "TIDY_SECONDS", 0.0)
        hourly.setattr(library, "files", other)
        Housekeeper(library)._look()
    assert {path.stem for path in (tmp_path / "other" / "cache" / "inputs").glob("*/*")} == {kept}


def test_an_empty_thumbnail_is_missing_and_made_again(library: Library, place: FilePlace) -> None:
    """It is not served from the cache for good."""
    output = add(library, begin(library, "r1"), 0, png(1))
    place.harm("thumbnail", output.sha256, b"")
    assert library.file("thumbnail", output.sha256) is None
    add(library, begin(library, "r2"), 0, png(1))
    place.forget_copies()
    found = library.file("thumbnail", output.sha256)
    assert found is not None
    assert found.stat().st_size


def test_a_run_that_waited_finds_its_inputs_again(library: Library, place: FilePlace, tmp_path: Path) -> None:
    """Copies that left the cache while a run was queued are downloaded before it is sent."""
    request = library.begin_run(
        "r1", ask(images=(an_input(tmp_path, "a.png", 1),)), connection_id="c1", connection_name="Test"
    )
    place.forget_copies()
    assert not request.images[0].path.exists()
    assert local_inputs(library, request).images[0].path.read_bytes() == png(1)


def test_tests_that_look_for_secrets_see_every_object(library: Library, place: FilePlace, tmp_path: Path) -> None:
    """Also images that could not be opened, and what was set aside: nothing of it is on this disk."""
    begin(library, "r1")
    image = add(library, "r1", 0, png(1))
    library.files.set_aside("original", image.sha256)
    staged = tmp_path / "strange.png"
    staged.write_bytes(b"cannot be opened")
    library.files.adopt(staged, "unopened", hashlib.sha256(b"cannot be opened").hexdigest(), "png")
    place.forget_copies()
    assert {name.partition("/")[0] for name in place.objects()} >= {"lost-and-found", "unopened"}
    found = stored_bytes(library, place)
    assert b"cannot be opened" in found
    assert png(1) in found
