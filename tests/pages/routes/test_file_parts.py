"""Stored files in parts and by signed links, from a folder and from S3, through the gate of whole files."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import obstore
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from obstore.exceptions import GenericError

from components.library.files.opening import open_files, require_links
from components.library.files.s3 import objects as s3_objects
from components.library.files.s3 import store as s3_store
from components.library.files.s3.cache import FileCache
from components.library.files.s3.client import connect
from components.library.files.s3.objects import with_parameters
from components.settings import SettingError
from components.ui.process.workbench import Workbench, close_workbench
from components.ui.process.workbench import workbench as current_workbench
from components.ui.routes.byte_ranges import NotSatisfiable, requested_range
from tests.pages.access.test_private import ADA, BEN, at_script
from tests.pages.routes.test_routes import SVG, browsing
from tests.servers.s3 import KEY_ID, SECRET, s3_place
from tests.unit.library.library_fixtures import add, ask, begin
from tests.unit.runs.fake_client import png

DATA = png(1)
SIZE = len(DATA)


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the files of the next workbench: "" for its folder."""
    if request.param == "folder":
        monkeypatch.delenv("IMAGE_WORKBENCH_FILES", raising=False)
        yield ""
        return
    with s3_place() as url:
        monkeypatch.setenv("IMAGE_WORKBENCH_FILES", url)
        yield url


def forget_copies(workbench: Workbench) -> None:
    """Remove the copies on this disk, as a new server has none."""
    for path in (workbench.full_library.folder / "cache").rglob("*.*"):
        path.unlink()


@pytest.fixture
def served(place: str, workbench: Workbench) -> tuple[Workbench, str]:
    """A workbench with one image, of which this disk has no copy if it is on S3; and the image's address."""
    stored = add(workbench.library, begin(workbench.library, "r1"), 0, DATA)
    forget_copies(workbench)
    return workbench, f"/files/originals/{stored.sha256}.png"


@pytest.mark.folder
def test_a_range_is_read_without_the_rest(
    served: tuple[Workbench, str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes that were asked for, with what says so; from S3 by a range read, and no copy is made."""
    workbench, address = served
    asked = []
    real = obstore.get
    monkeypatch.setattr(obstore, "get", lambda *a, **k: asked.append(k["options"].get("range")) or real(*a, **k))

    async def use(client: httpx.AsyncClient) -> None:
        for header, first, last in (
            ("bytes=0-9", 0, 9),
            ("bytes=5-", 5, SIZE - 1),
            ("bytes=-4", SIZE - 4, SIZE - 1),
            (f"bytes=7-{SIZE + 50}", 7, SIZE - 1),
        ):
            answer = await client.get(address, headers={"Range": header})
            assert (answer.status_code, answer.content) == (206, DATA[first : last + 1])
            assert answer.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
            assert answer.headers["content-length"] == str(last + 1 - first)
            assert answer.headers["content-type"] == "image/png"
            assert answer.headers["accept-ranges"] == "bytes"
            assert "immutable" in answer.headers["cache-control"]

    browsing(use)
    header = None  # a request for it alone
    parts = [(0, 10), (5, SIZE), (SIZE - 4, SIZE), (7, SIZE)]
    assert asked == ([one for part in parts for one in (header, part)] if place else [])
    assert not list((workbench.library.folder / "cache").rglob("*.*"))


def test_a_large_range_is_read_in_requests_that_end_soon(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them waits for the browser to take what was read before."""
    with s3_place() as url:
        files = open_files(data_folder, url)
        staged, sha256 = data_folder / "a.part", hashlib.sha256(DATA).hexdigest()
        data_folder.mkdir(exist_ok=True)
        staged.write_bytes(DATA)
        files.adopt(staged, "original", sha256, "png").unlink()
        monkeypatch.setattr(s3_objects, "_READ_BYTES", 10)
        asked = []
        real = obstore.get
        monkeypatch.setattr(obstore, "get", lambda *a, **k: asked.append(k["options"]["range"]) or real(*a, **k))
        part = files.open_part("original", sha256, 3, 30)
        assert asked == [(3, 13)]
        assert b"".join(part) == DATA[3:31]
        assert asked == [(3, 13), (13, 23), (23, 31)]
        files.close()


def test_a_copy_on_this_disk_needs_no_storage(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """During an outage ranges and headers come from it; a copy that goes in this moment is replaced by the storage."""
    with s3_place() as url:
        monkeypatch.setenv("IMAGE_WORKBENCH_FILES", url)
        close_workbench()
        workbench = current_workbench()
        try:
            sha256 = add(workbench.library, begin(workbench.library, "r1"), 0, DATA).sha256
            path = f"/files/originals/{sha256}.png"

            async def use(client: httpx.AsyncClient) -> None:
                part = await client.get(path, headers={"Range": "bytes=0-9"})
                assert (part.status_code, part.content) == (206, DATA[:10])
                assert (await client.head(path)).headers["content-length"] == str(SIZE)

            with monkeypatch.context() as outage:
                for name in ("get", "head"):
                    outage.setattr(obstore, name, lambda *_, **__: (_ for _ in ()).throw(GenericError("away")))
                browsing(use)
            removed = workbench.full_library.folder / "cache" / "gone.png"
            monkeypatch.setattr(FileCache, "find", lambda *_: removed)
            browsing(use)
        finally:
            close_workbench()


@pytest.mark.folder
@pytest.mark.parametrize("kind", ["originals", "thumbnails"])
def test_the_headers_alone_read_no_file(served: tuple[Workbench, str], kind: str) -> None:
    """HEAD answers as GET does, without a download from S3, also of a thumbnail in another format than its address."""
    workbench, address = served
    address = address.replace("originals", kind).replace(".png", ".svg")

    async def use(client: httpx.AsyncClient) -> None:
        for query in ("", "?download=a.jpg"):
            head = await client.head(address + query)
            assert (head.status_code, head.content) == (200, b"")
            assert list((workbench.full_library.folder / "cache").rglob("*.*")) == []
            complete = await client.get(address + query)
            assert head.headers["content-length"] == str(len(complete.content))
            for name in ("content-type", "accept-ranges", "cache-control", "content-disposition"):
                assert head.headers.get(name) == complete.headers.get(name)
            assert kind == "thumbnails" or head.headers["etag"] == complete.headers["etag"]
            forget_copies(workbench)
        assert (await client.head(f"/files/{kind}/{'0' * 64}.png")).status_code == 404

    browsing(use)


@pytest.mark.folder
def test_what_is_no_single_range_gets_the_whole_file(served: tuple[Workbench, str]) -> None:
    """Several ranges, another unit, nonsense, and another version than If-Range names: the version is the SHA-256."""
    _, address = served
    etag = f'"{address.rpartition("/")[2].partition(".")[0]}"'

    async def use(client: httpx.AsyncClient) -> None:
        for headers in (
            {},
            {"Range": "bytes=0-1,4-5"},
            {"Range": "items=0-1"},
            {"Range": "bytes=9-2"},
            {"Range": "bytes=x-"},
            {"Range": "bytes=0-9", "If-Range": '"other"'},
            {"Range": "bytes=0-9", "If-Range": "Wed, 21 Oct 2026 07:28:00 GMT"},
        ):
            answer = await client.get(address, headers=headers)
            assert (answer.status_code, answer.content) == (200, DATA)
            assert (answer.headers["etag"], answer.headers["accept-ranges"]) == (etag, "bytes")
        same = await client.get(address, headers={"Range": "bytes=0-9", "If-Range": etag})
        assert (same.status_code, same.content, same.headers["etag"]) == (206, DATA[:10], etag)
        for header in (f"bytes={SIZE}-", "bytes=-0"):
            beyond = await client.get(address, headers={"Range": header})
            assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{SIZE}")
            assert beyond.headers["cache-control"] == "no-store"

    browsing(use)


@pytest.mark.folder
def test_a_thumbnail_comes_whole(served: tuple[Workbench, str]) -> None:
    """Its name is that of its image, so that parts of two versions of it could not be told apart."""
    _, address = served

    async def use(client: httpx.AsyncClient) -> None:
        answer = await client.get(address.replace("originals", "thumbnails"), headers={"Range": "bytes=0-3"})
        assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "none")

    browsing(use)


@pytest.mark.folder
def test_a_part_of_an_svg_has_its_sandbox_whatever_its_address_says(place: str, workbench: Workbench) -> None:
    """The type is that of the stored file."""
    staged, sha256 = workbench.library.staging / "one.svg", hashlib.sha256(SVG).hexdigest()
    staged.write_bytes(SVG)
    workbench.library.files.adopt(staged, "input", sha256, "svg")
    forget_copies(workbench)

    async def use(client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/files/inputs/{sha256}.png", headers={"Range": "bytes=0-3"})
        assert (answer.status_code, answer.content) == (206, SVG[:4])
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert "sandbox" in answer.headers["content-security-policy"]

    browsing(use)


@pytest.mark.parametrize("size", [1, 2, 10])
def test_no_range_reaches_beyond_the_file(size: int) -> None:
    """Whatever is asked for, what is read lies within the file."""
    for first in range(12):
        for last in ["", *range(12)]:
            try:
                found = requested_range({"range": f"bytes={first}-{last}"}, size, '"a"')
            except NotSatisfiable:
                assert first >= size
                continue
            if found is None:
                assert last != ""
                assert int(last) < first
            else:
                assert 0 <= found[0] == first <= found[1] < size


@pytest.mark.folder
def test_another_persons_private_image_has_no_parts_and_no_link(
    place: str, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ranges and signed links go through the gate of whole files: what is private answers like nothing."""
    monkeypatch.setenv("IMAGE_WORKBENCH_SIGN_IN", "header")
    monkeypatch.setenv("IMAGE_WORKBENCH_TRUSTED_PROXIES", "127.0.0.1")
    if place:
        monkeypatch.setenv("IMAGE_WORKBENCH_SIGNED_LINK_SECONDS", "60")
    close_workbench()
    workbench = current_workbench()
    try:
        library = workbench.full_library
        library.begin_run("r1", ask(), connection_id="c1", connection_name="C", owner=ADA.id, is_private=True)
        stored = add(library, "r1", 0, DATA)
        path, nothing = (f"/files/originals/{name}.png" for name in (stored.sha256, "0" * 64))

        async def others(client: httpx.AsyncClient) -> None:
            for headers, query in (({"Range": "bytes=0-9"}, ""), ({}, "?download=a.png")):
                hidden, unknown = [await client.get(one + query, headers=headers) for one in (path, nothing)]
                assert hidden.status_code == unknown.status_code == 404
                assert hidden.content == unknown.content

        async def hers(client: httpx.AsyncClient) -> None:
            assert (await client.get(path, headers={"Range": "bytes=0-9"})).status_code == 206
            assert (await client.get(f"{path}?download=a.png")).status_code == (307 if place else 200)

        with at_script(BEN):
            browsing(others)
        with at_script(ADA):
            browsing(hers)
    finally:
        close_workbench()


def test_a_download_goes_on_to_the_storage_by_a_signed_link(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The storage answers with bytes, type and name; what pages show, other kinds and HEAD come from the app."""
    caplog.set_level(logging.DEBUG)
    with s3_place() as url:
        monkeypatch.setenv("IMAGE_WORKBENCH_FILES", url)
        monkeypatch.setenv("IMAGE_WORKBENCH_SIGNED_LINK_SECONDS", "90")
        close_workbench()
        workbench = current_workbench()
        try:
            sha256 = add(workbench.library, begin(workbench.library, "r1"), 0, DATA).sha256
            forget_copies(workbench)
            fetched = []
            monkeypatch.setattr(
                s3_store.S3Files, "find", lambda self, kind, name: fetched.append(kind), raising=True
            )  # nothing is downloaded here
            links: list[str] = []

            async def use(client: httpx.AsyncClient) -> None:
                path = f"/files/originals/{sha256}.png"
                answer = await client.get(path, params={"download": "Füchse 100% & mehr.jpg"})
                assert answer.status_code == 307
                assert answer.headers["cache-control"] == "no-store"
                links.append(answer.headers["location"])
                other_name = await client.get(f"/files/originals/{sha256}.svg", params={"download": "a"})
                assert "filename%3D%22a.png%22" in other_name.headers["location"]  # by the format that it has
                assert (await client.get(f"/files/originals/{'0' * 64}.png?download=a")).status_code == 404
                for other in (path, f"/files/thumbnails/{sha256}.webp?download=a"):
                    assert (await client.get(other)).status_code == 404  # from here, where `find` finds nothing now
                await client.head(f"{path}?download=a")

            browsing(use)
            assert fetched == ["original", "original", "thumbnail"]
        finally:
            close_workbench()
        query = parse_qs(urlsplit(links[0]).query)
        assert query["X-Amz-Expires"] == ["90"]
        stored = httpx.get(links[0])
        assert (stored.status_code, stored.content) == (200, DATA)
        assert stored.headers["content-type"] == "image/png"
        assert "filename*=UTF-8''F%C3%BCchse%20100%25%20%26%20mehr.png" in query["response-content-disposition"][0]
        assert stored.headers["content-disposition"] == query["response-content-disposition"][0]
        assert query["X-Amz-Signature"][0] not in caplog.text
        assert SECRET not in links[0] + caplog.text


def test_the_signature_is_that_of_others() -> None:
    """Without further parameters it is obstore's; with them, that of boto3 for the same moment."""
    with s3_place() as url:
        link = obstore.sign(connect(url), "GET", "originals/ab/c d", timedelta(seconds=60))
        assert sorted(parse_qsl(urlsplit(with_parameters(link, {}, SECRET)).query)) == sorted(
            parse_qsl(urlsplit(link).query)
        )
        name = "attachment; filename*=UTF-8''F%C3%BC (1).png"
        query = dict(parse_qsl(urlsplit(link).query))
        request = AWSRequest("GET", link.partition("?")[0], params={"response-content-disposition": name})
        signer = S3SigV4QueryAuth(Credentials(KEY_ID, SECRET), "s3", "us-east-1", expires=60)
        with patch("botocore.auth.get_current_datetime") as now:
            now.return_value = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
            signer.add_auth(request)
        ours = dict(parse_qsl(urlsplit(with_parameters(link, {"response-content-disposition": name}, SECRET)).query))
        assert ours == dict(parse_qsl(urlsplit(request.url).query))


def test_the_signature_with_a_name_is_that_of_the_documentation() -> None:
    """The example of a signed link in Amazon's documentation, whose date is in it."""
    link = (
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
        "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
        "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    )
    signed = with_parameters(link, {}, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    assert signed.endswith("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


def test_a_key_with_a_slash_in_its_id_signs() -> None:
    """Storages other than Amazon's may have such ids; the signature covers date, region and service alone."""
    link = (
        "https://s3.example.com/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=team%2Fkey%2F20130524%2Fus-east-1"
        "%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    )
    request = AWSRequest("GET", link.partition("?")[0])
    signer = S3SigV4QueryAuth(Credentials("team/key", SECRET), "s3", "us-east-1", expires=60)
    with patch("botocore.auth.get_current_datetime") as now:
        now.return_value = datetime(2013, 5, 24)
        signer.add_auth(request)
    assert dict(parse_qsl(urlsplit(with_parameters(link, {}, SECRET)).query)) == dict(
        parse_qsl(urlsplit(request.url).query)
    )


def test_settings_that_cannot_sign_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without S3, without a key in the environment, or for longer than a signature holds."""
    require_links("", 0)
    for url, seconds, key_id, key, said in (
        ("", 60, "id", "key", "needs files on S3"),
        ("s3://bucket/x", 60, "id", "", "needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ("s3://bucket/x", 60, "", "key", "needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ("s3://bucket/x", 604_801, "id", "key", "must be 604800 or less"),
    ):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key)
        with pytest.raises(SettingError, match=said):
            require_links(url, seconds)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    require_links("s3://bucket/x", 60)
