"""Measure what a run costs a worker, an app server and PostgreSQL: `python -m tests.bench.measure_workers
[RUNS [WORKERS [PREVIEWS]]]`.

The figures of docs/scale.md are from here. CPU time is compared, not time on the clock, so that other work on the
machine does not count.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

from PIL import Image

from components.library.opening import open_for
from components.runs.cluster.tickets import prepare_schema
from tests.servers import postgres
from tests.wire.team import paid_server
from tests.wire.team.processes import AppServer, WorkerProcess, settings_of

TICKS = os.sysconf("SC_CLK_TCK")


def noise(prompt: str) -> bytes:
    """An image of the size of a real one: 1024 x 1024 pixels, about 1.6 MB, different for each prompt."""
    small = Image.frombytes("RGB", (740, 740), os.urandom(740 * 740 * 3))
    canvas = Image.new("RGB", (1024, 1024))
    canvas.paste(small, (142, 142))
    buffer = BytesIO()
    canvas.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def cpu(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def with_children(pid: int) -> float:
    """CPU seconds of a process, its children that live and those that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / TICKS
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu(pid) + ended + sum(cpu(int(child)) for child in children)


def megabytes(pid: int) -> float:
    """Peak memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main(count: int, workers_count: int, previews: int) -> None:
    """Send `count` runs through one app server and its workers, and print what each of them needed for a run."""
    database = postgres.server()
    folder, name = Path(tempfile.mkdtemp()), database.new_database()
    settings = settings_of(folder, database.url(name), worker_runs=16)
    library = open_for(settings)
    prepare_schema(library)
    paid_server.image_of = noise
    with paid_server.PaidServer() as server:
        names = {"team": {"base_url": server.base_url, "api_key": "k", "runs_at_once": 16}}
        app = AppServer(settings, names).ready()
        workers = [WorkerProcess(settings, names).ready() for _ in range(workers_count)]
        for number in range(4 * workers_count):
            app.end(app.submit("team:team", f"warm up {number}"))
        marks = [cpu(app.pid), sum(cpu(one.pid) for one in workers), with_children(database.pid)]
        began = time.monotonic()
        run_ids = [app.submit("team:team", f"fox {number}", partial_images=previews) for number in range(count)]
        submitted = time.monotonic() - began
        for run_id in run_ids:
            assert app.end(run_id)["state"] == "done"
        seconds = time.monotonic() - began
        after = (cpu(app.pid), sum(cpu(one.pid) for one in workers), with_children(database.pid))
        used = [now - mark for now, mark in zip(after, marks, strict=True)]
        print(
            f"{count} runs in {seconds:.1f} s, submitted in {submitted:.1f} s, image of {len(noise('')) / 1e6:.1f} MB"
        )
        for what, spent, pid in (("app server", used[0], app.pid), ("workers", used[1], workers[0].pid)):
            print(f"{what}: {1000 * spent / count:.0f} ms of CPU a run, {megabytes(pid):.0f} MB at most")
        print(f"PostgreSQL: {1000 * used[2] / count:.0f} ms of CPU a run")
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        print(f"connections: {database.execute(query, name)[0][0]}")
        app.stop()
        for worker in workers:
            worker.stop()
    library.close()


if __name__ == "__main__":
    chosen = [int(value) for value in sys.argv[1:]]
    main(*chosen, *(200, 1, 0)[len(chosen) :])
