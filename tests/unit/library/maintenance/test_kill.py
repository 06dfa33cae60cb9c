"""The app is killed in the middle of a run, at moments spread over it; nothing is half written."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from components.library import check_library, open_library
from tests.servers.stores import end_heartbeats, store_of
from tests.setup.environment import ROOT
from tests.unit.library.file_places import FilePlace
from tests.wire.loopback import Loopback, json_answer

IMAGES = 3
MOMENTS = 6

# For each line on its input, a folder, a number and the store, forks an app that counts what it does to the disk and
# the database from the start of its run on, and dies at that step. Importing the app takes longer than such a run.
APPS = """
import asyncio, json, os, sys
from pathlib import Path
from components.client import Client, Connection
from components.library import open_library
from components.parameters import resolve
from components.runs import Runner
from components.settings import Settings
from tests.unit.library.dying_process import die_at

address = sys.argv[1]

def app(folder, last, store):
    library = open_library(folder, **json.loads(store))
    runner = Runner(library, Client(Settings()), Settings())
    runner.start()
    def is_step(name, arguments):
        ours = name in {"open", "os.remove"} and str(folder) in str(arguments[0])
        return ours or name in {"os.rename", "os.link"}

    steps = die_at(last, library, is_step)
    request = resolve("generate", "gpt-image-2", {"prompt": "a fox", "n": 3})
    run_id = runner.submit(Connection("c1", "Loopback", address), request)

    async def end():
        async with asyncio.timeout(60):
            async for view in runner.subscribe(run_id):
                pass
            return view.state

    return f"{asyncio.run(end())} {steps()}"

for line in sys.stdin:
    folder, last, store = line.rstrip().split("\\t")
    child = os.fork()
    if not child:
        print(app(Path(folder), int(last), store), flush=True)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        print(code, flush=True)
"""


def png_of(seed: int) -> bytes:
    """Return an image of about 100 kB."""
    buffer = BytesIO()
    Image.effect_noise((320, 320), 60 + seed).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def images() -> list[bytes]:
    """Return what the server sends."""
    return [png_of(seed) for seed in range(IMAGES)]


@pytest.fixture
def address(images: list[bytes]) -> Iterator[str]:
    """Start a loopback server that sends the images."""
    with Loopback() as server:
        data = [{"b64_json": base64.b64encode(one).decode()} for one in images]
        server.answer(json_answer({"created": 1, "data": data}))
        yield server.base_url


class Apps:
    """A process that forks apps. `run` runs one to its end: its state and steps, or its exit code alone."""

    def __init__(self, address: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", APPS, address]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, folder: Path, last: int) -> list[str]:
        """Run an app that dies at its step `last`; 0 for never."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{folder}\t{last}\t{json.dumps(store_of(folder))}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().split()

    def stop(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)


def arrived_before(folder: Path, place: FilePlace) -> int:
    """Return the number of images that were completely received when the app died."""
    received = {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("scratch/*/*/*.image")}
    return len(received | place.names("original"))


def states(folder: Path, images: list[bytes]) -> list[str]:
    """The runs' states after opening the library again; everything in it is looked at."""
    end_heartbeats(folder)
    place = FilePlace(folder, store_of(folder).get("files", ""))
    complete = arrived_before(folder, place)
    library = open_library(folder)
    try:
        names = {hashlib.sha256(one).hexdigest() for one in images}
        assert check_library(library, thorough=True).is_clean
        for name, data in place.contents().items():
            if name.startswith("thumbnails/"):
                with Image.open(BytesIO(data)) as small:
                    small.load()
        found = library.recent()
        kept = 0
        for run in found:
            stored = library.run(run.id)
            assert stored is not None
            assert (stored.error is None) == (run.state == "done")
            outputs = library.outputs(run.id)
            assert len(outputs) == IMAGES or run.state != "done"
            # Which of them is which is not known of those that came in the very moment of the crash.
            assert {output.sha256 for output in outputs} <= names
            kept += len({output.sha256 for output in outputs})
        assert kept == complete
        assert [path for path in (folder / "scratch").iterdir() if path != library.staging] == []
        assert place.lost() == set()
        return [run.state for run in found]
    finally:
        library.close()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX systems")
def test_killed_at_any_moment(tmp_path: Path, address: str, images: list[bytes]) -> None:
    """Wherever in its run the app dies, the next start finds complete files, and a run that is done or interrupted."""
    apps = Apps(address)
    state, steps = apps.run(tmp_path / "whole", 0)
    assert state == "done"
    assert states(tmp_path / "whole", images) == ["done"]
    seen: list[str] = []
    for last in sorted({1 + round(place * (int(steps) - 1) / (MOMENTS - 1)) for place in range(MOMENTS)}):
        # Near the end the run may come to it in fewer steps than the first one did.
        assert apps.run(tmp_path / str(last), last) == ["-9"] or last > int(steps) - 10
        found = states(tmp_path / str(last), images)
        assert len(found) <= 1
        seen += found
    apps.stop()
    assert set(seen) <= {"interrupted", "done"}
    assert "interrupted" in seen
