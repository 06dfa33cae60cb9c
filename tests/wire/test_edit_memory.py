"""What it costs in memory to take in 16 images of 50 MB and send them: far less than the images weigh.

The sender is a fresh interpreter, and its peak is that of its own memory alone (VmHWM): `ru_maxrss` begins with what
the process had that started it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.report import Ratio, record
from tests.setup.environment import ROOT
from tests.wire.client_fixtures import PNG
from tests.wire.counting_server import CountingServer

IMAGES = 16
IMAGE_BYTES = 49_900_000  # just under the API's limit of 50 MB
MOST = 0.3  # of what the images weigh together; the aim of the whole app is 1.3
STATUS = Path("/proc/self/status")

SENDER = '''
import asyncio, json, sys
from pathlib import Path

from components.client import Client, Connection
from components.images.intake.intake import take_in
from components.library import Library, open_library
from components.runs import Runner
from components.settings import Settings
from tests.wire.client_fixtures import request


def peak() -> int:
    """Bytes of memory that this process had at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def by_run(connection, files, folder):
    """As the app does it: each image is taken in and kept, then a run is submitted."""
    settings = Settings()
    library = open_library(folder)
    runner = Runner(library, Client(settings), settings)
    runner.start()
    before = peak()
    kept = [take_in(path.name, path, library.staging, max_pixels=settings.max_pixels).image for path in files]
    images = tuple(library.keep_input(image) for image in kept)
    run_id = runner.submit(connection, request("edit", images=images))

    async def end():
        async for view in runner.subscribe(run_id):
            if view.has_ended:
                return view

    view = asyncio.run(end())
    runner.stop()
    library.close()
    return f"{view.state} {len(view.images)} {view.error or ''}".strip(), before


base_url, folder = sys.argv[1], Path(sys.argv[2])
files = sorted((folder / "images").iterdir())
ended, before = by_run(Connection(id="t", name="T", base_url=base_url, api_key="sk-test"), files, folder / "library")
print(json.dumps({"ended": ended, "before": before, "after": peak()}))
'''


def heavy_image(path: Path, number: int) -> str:
    """Writes a real PNG of exactly IMAGE_BYTES, most of it a chunk that no reader looks at; return its SHA-256.

    Nearly all of the chunk is zeros, which are left out of the file: the disk gives them without holding them.
    """
    room = IMAGE_BYTES - len(PNG) - 12
    padding = number.to_bytes(4) + bytes(room - 4)
    check = zlib.crc32(padding, zlib.crc32(b"paDd")).to_bytes(4)
    beginning, end = PNG[:33] + room.to_bytes(4) + b"paDd" + padding[:4], check + PNG[33:]
    with path.open("wb") as file:
        file.write(beginning)
        file.seek(room - 4, 1)
        file.write(end)
    assert path.stat().st_size == IMAGE_BYTES
    return hashlib.sha256(beginning + padding[4:] + end).hexdigest()


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str]]]:
    """A folder with the images in "images", and their hashes in the order of their names."""
    folder = tmp_path_factory.mktemp("heavy")
    (folder / "images").mkdir()
    yield folder, [heavy_image(folder / "images" / f"{place:02}.png", place) for place in range(IMAGES)]
    shutil.rmtree(folder)  # pytest would keep it, with all its copies in a library


@pytest.mark.skipif(not STATUS.exists(), reason="tells its peak of memory by /proc")
def test_sixteen_images_of_50_mb_never_are_in_memory(images: tuple[Path, list[str]], record_property) -> None:
    """All arrive whole and in order by a run, and the sender's memory grows by a small share of what they weigh."""
    folder, hashes = images
    with CountingServer({"created": 1, "data": [{"b64_json": base64.b64encode(PNG).decode()}]}) as server:
        done = subprocess.run(
            [sys.executable, "-c", SENDER, server.base_url, str(folder)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["ended"] == "done 1"
    [form] = server.forms
    files = [part for part in form if part.filename is not None]
    assert [part.name for part in files] == ["image[]"] * IMAGES
    assert [part.filename for part in files] == [f"{place:02}.png" for place in range(IMAGES)]
    assert [(part.size, part.sha256) for part in files] == [(IMAGE_BYTES, one) for one in hashes]
    growth, weight = (result["after"] - result["before"]) / 1e6, IMAGES * IMAGE_BYTES / 1e6
    record(record_property, Ratio("16 images of 50 MB taken in and sent, memory", growth, weight, "MB", MOST))
    assert growth < MOST * weight
