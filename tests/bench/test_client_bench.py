"""From the call to saved files: our client against the ``openai`` package, ten images of 3 MB from loopback.

The server, and every measured run, is a process of its own. Both sides end with the same: ten files on the disk, each
fsynced. Ours also hashes them. Run as a script this file is one of those processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.setup.environment import ROOT

IMAGES = 10
IMAGE_BYTES = 3_000_000
ROUNDS = 3
PROCESSES = 2


def test_ten_images_to_disk(record_property) -> None:
    """Ten images are on the disk in less time and far less memory than the official package needs."""
    from tests.bench.report import Ratio, record

    server = subprocess.Popen(_command("server"), stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        sides: dict[str, list[dict[str, float]]] = {"ours": [], "openai": []}
        for _ in range(PROCESSES):
            for side, results in sides.items():
                results.append(_measure(side, port))
    finally:
        server.kill()
        server.communicate()
    ours, theirs = (
        {name: min(result[name] for result in results) for name in ("seconds", "megabytes")}
        for results in sides.values()
    )
    record(
        record_property,
        Ratio("call to ten saved 3 MB images, time", ours["seconds"], theirs["seconds"], "s", 0.8),
        Ratio("the same, peak memory", ours["megabytes"], theirs["megabytes"], "MB", 0.6),
    )


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.bench.test_client_bench", *arguments]


def _measure(side: str, port: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(_command(side, port, folder), capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr
        assert len(list(Path(folder).iterdir())) == IMAGES
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _serve() -> None:
    """Answers every request with the same images, prepared beforehand, as fast as the socket takes them."""
    import base64
    import socket

    images = [base64.b64encode(os.urandom(IMAGE_BYTES)) for _ in range(IMAGES)]
    body = b'{"created":1,"data":[' + b",".join(b'{"b64_json":"%s"}' % one for one in images) + b"]}"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as reader:
                while _skip_request(reader):
                    connection.sendall(head)
                    connection.sendall(body)


def _skip_request(reader) -> bool:
    length = 0
    while line := reader.readline():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
        if not line.strip():
            return len(reader.read(length)) == length
    return False


def _ours(port: str, folder: Path) -> None:
    import asyncio

    from components.client import Client, Connection
    from components.client.events import ImageArrived
    from components.settings import Settings
    from tests.wire.client_fixtures import request

    asked = request(n=IMAGES)
    connection = Connection(id="bench", name="Bench", base_url=f"http://127.0.0.1:{port}/v1", api_key="k")

    async def call(client: Client) -> None:
        _empty(folder)
        arrived = [event async for event in client.run(connection, asked, folder) if isinstance(event, ImageArrived)]
        assert [event.bytes for event in arrived] == [IMAGE_BYTES] * IMAGES

    async def main() -> None:
        client = Client(Settings())
        meter = Meter()
        for _ in range(ROUNDS):
            with meter:
                await call(client)
        meter.print()
        await client.aclose()

    asyncio.run(main())


def _openai(port: str, folder: Path) -> None:
    import base64

    import openai

    client = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="k")

    def call() -> None:
        _empty(folder)
        answer = client.images.generate(model="gpt-image-2", prompt="a cat", n=IMAGES)
        for index, image in enumerate(answer.data or []):
            with open(folder / f"{index}.part", "wb") as file:
                file.write(base64.b64decode(image.b64_json or ""))
                file.flush()
                os.fsync(file.fileno())
            os.replace(folder / f"{index}.part", folder / f"{index}.image")

    meter = Meter()
    for _ in range(ROUNDS):
        with meter:
            call()
    meter.print()


def _empty(folder: Path) -> None:
    for old in folder.iterdir():
        old.unlink()


class Meter:
    """The shortest round, and the most memory that any round took beyond what was there before the first."""

    def __init__(self) -> None:
        self._seconds: list[float] = []
        self._before = _peak()

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._seconds.append(time.perf_counter() - self._start)

    def print(self) -> None:
        megabytes = (_peak() - self._before) / 1e6
        print(json.dumps({"seconds": min(self._seconds), "megabytes": max(megabytes, 0.1)}))


def _peak() -> int:
    """The most memory that this process has had in RAM so far, in bytes."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):  # unlike ru_maxrss it does not start with the parent's
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["server"]:
            _serve()
        case ["ours", given_port, given_folder]:
            _ours(given_port, Path(given_folder))
        case ["openai", given_port, given_folder]:
            _openai(given_port, Path(given_folder))
