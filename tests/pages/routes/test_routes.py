"""The app's own routes without a browser: previews, imports, downloads, however they are asked for."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from components.library.archive.importer import Imported
from components.ui.process.workbench import Workbench
from components.ui.routes import uploads
from components.ui.routes.app_routes import routes
from components.ui.routes.headers import with_extension
from tests.unit.library.archive.archives import exported
from tests.unit.library.library_fixtures import add, begin
from tests.unit.runs.fake_client import png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>'


def browsing(use: Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]) -> None:
    """Ask the routes as a browser does."""

    async def main() -> None:
        transport = httpx.ASGITransport(app=Starlette(routes=routes), client=("127.0.0.1", 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await use(client)

    asyncio.run(main())


def test_an_svg_input_is_shown_and_what_has_no_image_is_no_fault(workbench: Workbench) -> None:
    """An SVG comes as it is, in its sandbox; a file that cannot be decoded gets a sentence, not an error 500."""
    shas = {}
    for suffix, data in (("svg", SVG), ("png", b"\x89PNG\r\n\x1a\n broken")):
        staged = workbench.library.staging / f"one.{suffix}"
        staged.write_bytes(data)
        shas[suffix] = hashlib.sha256(data).hexdigest()
        workbench.library.files.adopt(staged, "input", shas[suffix], suffix)

    async def use(client: httpx.AsyncClient) -> None:
        shown = await client.get(f"/previews/{shas['svg']}?w=224")
        assert (shown.status_code, shown.content) == (200, SVG)
        assert shown.headers["content-type"].startswith("image/svg+xml")
        assert "sandbox" in shown.headers["content-security-policy"]
        broken = await client.get(f"/previews/{shas['png']}?w=224")
        assert (broken.status_code, broken.headers["content-type"]) == (415, "text/plain; charset=utf-8")

    browsing(use)


def test_one_import_at_a_time_for_each_person_and_files_go_on(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While two archives are imported, a third of the same person is refused, and images are served."""
    stored = add(workbench.library, begin(workbench.library, "r1"), 0, png(1))
    workbench.library.update_run("r1", state="done")
    archive = exported(workbench.library, tmp_path / "a.zip").read_bytes()
    begun, go_on = threading.Semaphore(0), threading.Event()

    def slow(*_: object) -> Imported:
        begun.release()
        assert go_on.wait(60)
        return Imported(0, 0, 1, ())

    monkeypatch.setattr(uploads, "import_zip", slow)

    async def use(client: httpx.AsyncClient) -> None:
        def drop(person: str) -> Coroutine[Any, Any, httpx.Response]:
            return client.post("/imports", content=archive, headers={"X-Image-Workbench": person})

        first = [asyncio.create_task(drop(person)) for person in ("ada", "bo", "cy", "di")]
        for _ in range(2):
            assert await asyncio.to_thread(begun.acquire, timeout=60)
        refused = await drop("ada")
        assert refused.status_code == 429
        assert "Your last import is still running" in refused.json()["error"]
        served = await asyncio.wait_for(client.get(f"/files/originals/{stored.sha256}.png"), 60)
        assert served.content == png(1)
        go_on.set()
        assert [answer.json()["imported"]["known"] for answer in await asyncio.gather(*first)] == [1] * 4
        assert (await drop("ada")).status_code == 200

    browsing(use)


def test_a_file_is_refused_by_its_length_before_it_is_stored(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is too large, or larger than the disk has room for; nothing is written."""
    monkeypatch.setattr(uploads, "MOST_ARCHIVE", 1000)
    written: list[object] = []
    monkeypatch.setattr(uploads, "_receive", lambda *of: written.append(of))

    async def use(client: httpx.AsyncClient) -> None:
        headers = {"X-Image-Workbench": "ada"}
        large = await client.post("/imports", content=b"x" * 1001, headers=headers)
        assert large.status_code == 413
        headers["Content-Length"] = "10000000000000000"
        monkeypatch.setattr(uploads, "MOST_ARCHIVE", 10**17)
        full = await client.post("/imports", content=b"x", headers=headers)
        assert full.status_code == 422
        assert "The disk of the library has" in full.json()["error"]

    browsing(use)
    assert not written
    assert list(workbench.library.staging.iterdir()) == []


def test_a_download_ends_as_its_format_does(workbench: Workbench) -> None:
    """Whatever name is requested: what is a PNG is saved as .png."""
    stored = add(workbench.library, begin(workbench.library, "r1"), 0, png(1))

    async def use(client: httpx.AsyncClient) -> None:
        for address in (
            f"/files/originals/{stored.sha256}.jpg?download=a.jpg",
            f"/outputs/{stored.id}/download?name=a.exe",
        ):
            answer = await client.get(address)
            assert 'filename="a.png"' in answer.headers["content-disposition"], address

    browsing(use)
    assert with_extension("photo.JPEG", "jpg") == "photo.JPEG"
    assert with_extension("fox 3.5 mm", "png") == "fox 3.5 mm.png"
    assert with_extension("", "png") == ".png"
