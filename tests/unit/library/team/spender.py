"""A process that submits runs as fast as it can, for the tests of budgets; see `main` for its arguments."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from components.library import open_library
from components.library.team.charges import RunRefused
from components.parameters import estimate
from tests.unit.runs.fake_client import ask

REQUEST = ask(quality="high", size="1024x1024")
PRICE = estimate(REQUEST)


def main(folder: str, url: str, name: str, count: str) -> None:
    """Submit runs by four threads; every second one ends at once, for half its price."""
    library = open_library(Path(folder), database_url=url)

    def submit(number: int) -> int:
        run_id = f"{name}{number}"
        # Both processes are there by now, and none has a head start.
        try:
            library.begin_run(run_id, REQUEST, connection_id="team:x", connection_name="X", owner=name, estimate=PRICE)
        except RunRefused:
            return 0
        if number % 2:
            assert PRICE.high is not None
            library.update_run(run_id, state="done", cost=PRICE.high / Decimal(2), ended=time.time())
        return 1

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(4) as pool:
        print(sum(pool.map(submit, range(int(count)))), flush=True)
    library.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
