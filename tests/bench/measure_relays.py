"""Measure what an upload at the wrong app server costs: `python -m tests.bench.measure_relays [MEGABYTES [UPLOADS]]`.

The figures of docs/scale.md are from here. Two app servers and PostgreSQL, all on this machine; the files are sent to
the server that has the page, and then again to the other one. CPU time is compared, so that other work does not count.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.measure_workers import cpu, megabytes, with_children
from tests.browser.two_servers import TwoServers, two_servers
from tests.servers import postgres
from tests.wire.team.open_pages import file_of, open_page, visitor

NOWHERE = "http://127.0.0.1:9/v1"


def spent(both: TwoServers) -> list[float]:
    """CPU seconds so far: of the page's server, the other one, and PostgreSQL."""
    return [*(cpu(app.pid) for app in both.apps), with_children(postgres.server().pid)]


async def measure(both: TwoServers, size: int, uploads: int) -> None:
    """Send the files, and print what each of them cost."""
    here, there = both.apps
    data = os.urandom(size)
    async with open_page(here) as page:
        for name, server in (("the page's server", here), ("the other server", there)):
            async with visitor(server) as client:
                seconds: list[float] = []
                for number in range(uploads + 1):  # the first one warms up
                    if number == 1:
                        before = spent(both)
                    address, began = page.upload_address(), time.monotonic()
                    assert (await client.put(address, files=file_of(data))).status_code == 204
                    seconds.append(time.monotonic() - began)
                    assert (await client.delete(address)).status_code == 204
                used = [1000 * (now - then) / uploads for now, then in zip(spent(both), before, strict=True)]
            print(
                f"{size / 1e6:.1f} MB at {name}: {1000 * statistics.median(seconds[1:]):.0f} ms (median); CPU"
                f" {used[0]:.0f} ms at the page's server, {used[1]:.0f} ms at the other, {used[2]:.0f} ms of PostgreSQL"
            )
    print(f"memory at most: {megabytes(here.pid):.0f} and {megabytes(there.pid):.0f} MB")


def main(size: float, uploads: int) -> None:
    """Start two app servers and measure them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        two_servers(Path(folder) / "both", NOWHERE, affinity=False, worker=False) as both,
    ):
        asyncio.run(measure(both, int(size * 1e6), uploads))


if __name__ == "__main__":
    chosen = [float(value) for value in sys.argv[1:]]
    main(*chosen[:1] or (5.0,), int(*chosen[1:] or (20,)))
