"""Two app servers that take turns request by request: what is the library's comes from either."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from components.library import Library
from components.library.cluster.live import show_live
from components.library.opening import open_for
from components.settings import Settings
from components.ui.access.browser_cookie import NAME
from components.ui.process import exports
from tests.browser.two_servers import TwoServers, two_servers, unverified
from tests.servers.oidc_provider import oidc_provider
from tests.support.signing_in import ROLES, auth_toml
from tests.unit.library.library_fixtures import add, an_input, ask, begin
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.unit.runs.fake_client import png

MEMBER = "member@example.com"
SECONDS = 60.0
TIMES = re.compile(rb"\d\d:\d\d(:\d\d)?")
NOWHERE = "http://127.0.0.1:9/v1"
TOKEN, BROWSER = "a-token-of-an-export-in-an-address", "a-browser-with-its-random-name"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoServers]:
    """Both servers, with a sign-in by OIDC."""
    settings = {**ROLES, "IMAGE_WORKBENCH_SIGN_IN": "oidc"}
    with (
        oidc_provider() as provider,
        two_servers(
            tmp_path_factory.mktemp("both"),
            NOWHERE,
            affinity=False,
            worker=False,
            secrets=lambda address: auth_toml(address, provider),
            **settings,
        ) as servers,
    ):
        yield servers


@pytest.fixture(scope="module")
def paths(both: TwoServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Fill the library as another process; yield the addresses of what it holds, by what they are."""
    folder = tmp_path_factory.mktemp("third")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in both.environment.items():
            patch.setenv(name, value)
        patch.setenv("IMAGE_WORKBENCH_DATA", str(folder / "data"))
        library = open_for(Settings.from_environment())
        try:
            patch.setattr(exports, "workbench", lambda: SimpleNamespace(full_library=library))
            yield _fill(library, folder)
        finally:
            library.close()


def _fill(library: Library, folder: Path) -> dict[str, str]:
    sheet_id, images = filled_sheet(library)
    image = an_input(folder, "photo.png", 7)
    run_id = begin(library, "1a2b3c4d5e6f7a8b9c0d1", ask(images=(image,), mask=None))
    output = add(library, run_id, 0, png(8))
    library.update_run(run_id, state="done")
    running = begin(library, "1a2b3c4d5e6f7a8b9c0d2")
    library.update_run(running, state="running")
    partial = {"token": "a.preview", "index": 0, "number": 1}
    view = {"version": 1, "partials": [partial], "unsaved": [], "retry": None, "waiting": None, "text": ""}
    show_live(library, running, {**view, "request_id": None}, {"a.preview": png(9)}, ["a.preview"])
    exports._keep_for_others(exports.Export(TOKEN, BROWSER, ((output.id, images[0]), ())))
    return {
        "original": f"/files/originals/{output.sha256}.png",
        "thumbnail": f"/files/thumbnails/{output.sha256}.webp",
        "input": f"/files/inputs/{image.sha256}.png",
        "preview": f"/previews/{image.sha256}?w=160",
        "partial image": f"/runs/{running}/partials/a.preview",
        "download with its recipe": f"/outputs/{output.id}/download",
        "share link": f"/edit?run={run_id}",
        "cells": f"/sheets/{sheet_id}.json",
        "CSV of a sheet": f"/sheets/{sheet_id}.csv",
        "image of a sheet": f"/sheets/{sheet_id}.png",
        "report": f"/report?sheet={sheet_id}",
        "spending": "/spending.csv",
        "export": f"/exports/{TOKEN}.zip",
    }


@contextmanager
def signed_in(both: TwoServers) -> Iterator[httpx.Client]:
    """A browser whose person has signed in."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(verify=unverified(), follow_redirects=True, timeout=SECONDS, headers=headers) as client:
        client.cookies.set(NAME, BROWSER)
        asked = client.get(f"{both.base_url}/sign-in")
        back = client.post(asked.url, data={"sub": MEMBER})
        assert back.status_code == 200, back.text
        yield client


def answers(both: TwoServers, client: httpx.Client, path: str) -> list[tuple[int, str, bytes]]:
    """What each of the servers answers: status, type and body."""
    found = {}
    while len(found) < 2:
        answer = client.get(f"{both.base_url}{path}")
        found[both.server_of(path)] = (answer.status_code, answer.headers["content-type"], answer.content)
    return [found[0], found[1]]


def test_what_is_the_librarys_comes_from_either(both: TwoServers, paths: dict[str, str]) -> None:
    """Images, previews, downloads and links are the same, of which neither server made one."""
    with signed_in(both) as client:
        for what, path in paths.items():
            first, second = answers(both, client, path)
            assert first[0] == 200, (what, first)
            assert first[:2] == second[:2], what
            assert content(first[2]) == content(second[2]), what


def content(data: bytes) -> bytes | dict[str, int]:
    """A body without the time at which it was made; of a ZIP the checksums of its files."""
    if not data.startswith(b"PK"):
        return TIMES.sub(b"", data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len([one for one in archive.namelist() if one.startswith("images/")]) == 2
        return {one.filename: one.CRC for one in archive.infolist() if one.filename != "manifest.json"}


def test_a_sign_in_begins_and_ends_at_either(both: TwoServers, paths: dict[str, str]) -> None:
    """The provider sends a person back to the other server; who signs out at one is out at both."""
    places = set()
    for turn in range(2):  # the second time from the other server
        for _ in range(turn):
            httpx.get(f"{both.base_url}/healthz", verify=unverified())
        with signed_in(both) as client:
            places.add((both.server_of("/auth/login"), both.server_of("/oauth2callback")))
            assert {status for status, *_ in answers(both, client, paths["original"])} == {200}
            kept = dict(client.cookies)
            client.get(f"{both.base_url}/auth/logout", follow_redirects=False)
            client.cookies.update(kept)
            end = time.monotonic() + SECONDS
            while {status for status, *_ in answers(both, client, paths["original"])} != {401}:
                assert time.monotonic() < end
                time.sleep(0.2)
    assert any(begun != back for begun, back in places), places
