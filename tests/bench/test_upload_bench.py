"""Sixteen pictures of 50 MB sent in one edit, by a whole app: how much memory that takes beside their size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.report import Ratio, record
from tests.environment import ROOT
from tests.wire.loopback import Loopback, error_answer

PICTURES = 16
EACH_MB = 49.9
SENDER = """
import asyncio, resource, sys
from pathlib import Path
from components.client import Client, Connection
from components.library import Library
from components.runs import Runner
from components.settings import Settings
from tests.wire.asking import picture, request

base_url, folder, count, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
images = tuple(picture(folder / "in", f"{number}.png", bytes([number])) for number in range(count))
for image in images:
    with open(image.path, "wb") as file:
        file.truncate(size)
settings = Settings()
library = Library.open(folder / "data")
runner = Runner(library, Client(settings), settings)
runner.start()

async def end(run_id):
    async with asyncio.timeout(120):
        async for view in runner.subscribe(run_id):
            pass
    return view

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6

before = peak()
run_id = runner.submit(Connection("c", "C", base_url), request("edit", "gpt-image-2", images=images))
view = asyncio.run(end(run_id))
print(view.state, peak() - before)
runner.stop()
library.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has other units elsewhere")
def test_sixteen_pictures_of_fifty_megabytes(tmp_path: Path, record_property) -> None:
    """The form goes out whole, and the app's memory grows by far less than what is sent."""
    size = int(EACH_MB * 1e6)
    with Loopback(body="drop") as server:
        server.answer(error_answer(400))
        command = [sys.executable, "-c", SENDER, server.base_url, str(tmp_path), str(PICTURES), str(size)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr
        sent = int(server.requests[0].headers["content-length"])
        assert len(server.requests) == 1
    state, grown = done.stdout.split()
    assert state == "failed", "the server refused it after it had all"
    assert sent > PICTURES * size
    assert float(grown) < sent / 1e6
    what = "memory that 16 pictures of 50 MB take to be sent"
    record(record_property, Ratio(what, float(grown), sent / 1e6, "MB", 1.3))
