"""Two app servers and a worker of one library on PostgreSQL and S3, as on machines of their own, behind one proxy."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.ui.access.browser_cookie import NAME
from tests.browser.app_server import START_SECONDS, AppServer
from tests.servers import postgres
from tests.servers.s3 import new_bucket, s3_environment
from tests.setup.environment import ROOT
from tests.wire.layers.proxies import ENVIRONMENT, PREFIX, SERVED, nginx

SECONDS = 60.0


@dataclass(frozen=True)
class TwoServers:
    """The servers, the address of the proxy before them, and the name of their database."""

    apps: tuple[AppServer, AppServer]
    base_url: str
    database: str
    served: Path
    environment: Mapping[str, str]

    def browser_at(self, place: int) -> str:
        """Return a name of a browser, see `browser_cookie`, whose requests nginx sends to the server at this place."""
        for number in range(100):
            name = f"browser-of-a-person-{number:03}"
            asked = urllib.request.Request(f"{self.base_url}/healthz?{name}", headers={"Cookie": f"{NAME}={name}"})
            with urllib.request.urlopen(asked, timeout=SECONDS, context=unverified()):
                pass
            if self.server_of(f"/healthz?{name}") == place:
                return name
        raise AssertionError("all browsers come to one server")

    def server_of(self, path: str) -> int:
        """Return which server answered a request behind nginx that has ended, by a part of its path and query."""
        end = time.monotonic() + SECONDS
        while not (found := [line for line in self.served.read_text().splitlines() if path in line]):
            assert time.monotonic() < end, f"nothing served: {path}"
            time.sleep(0.01)
        port = int(found[-1].split()[0].rpartition(":")[2])
        return [app.port for app in self.apps].index(port)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query finds in the library's database."""
        return postgres.server().execute(query, self.database)

    def await_rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query finds as soon as it finds something. Raise AssertionError."""
        end = time.monotonic() + SECONDS
        while not (found := self.rows(query)):
            assert time.monotonic() < end, f"never found: {query}"
            time.sleep(0.05)
        return found


@contextmanager
def two_servers(
    folder: Path,
    api: str,
    *,
    affinity: bool = True,
    splits: bool = False,
    worker: bool = True,
    secrets: Callable[[str], str] = lambda address: "",
    **environment: str,
) -> Iterator[TwoServers]:
    """Start both with a team's connection to the API at this base URL; everything is removed afterwards.

    Without `affinity` they take turns, request by request; with `splits` the first has all WebSockets, and the second
    everything else. `secrets` returns the secrets.toml for the app's address.
    """
    server = postgres.server()
    database = server.new_database()
    shared = {
        **ENVIRONMENT,
        **s3_environment(),
        "IMAGE_WORKBENCH_DATABASE_URL": server.url(database),
        "IMAGE_WORKBENCH_FILES": new_bucket(),
        "IMAGE_WORKBENCH_HEARTBEAT_SECONDS": "4",
        "OPENAI_API_KEY": "sk-test-two-servers",
        "OPENAI_BASE_URL": api,
        **environment,
    }
    for name in ("a", "b", "proxy"):
        (folder / name).mkdir(parents=True)
    apps = AppServer(folder / "a", environment=shared), AppServer(folder / "b", environment=shared)
    with ExitStack() as stack:
        stack.callback(server.drop, database)
        origin = stack.enter_context(
            nginx(folder / "proxy", *(app.port for app in apps), affinity=affinity, splits=splits)
        )
        base_url = f"{origin}{PREFIX}"
        for app in apps:
            app.secrets.write_text(secrets(base_url), encoding="utf-8")
        with ThreadPoolExecutor(2) as pool:  # starting is most of a test's time
            for started in [pool.submit(stack.enter_context, app) for app in apps]:
                started.result()
        if worker:
            stack.enter_context(_worker(folder / "worker", shared))
        yield TwoServers(apps, base_url, database, folder / "proxy" / SERVED, shared)


def unverified() -> ssl.SSLContext:
    """Return a context that takes the proxy's own certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@contextmanager
def _worker(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    folder.mkdir()
    own = {"HOME": str(folder), "IMAGE_WORKBENCH_DATA": str(folder / "data"), "PYTHONUNBUFFERED": "1"}
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "components.runs.worker"],
            cwd=ROOT,
            env={**os.environ, **environment, **own},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        end = time.monotonic() + START_SECONDS
        while "takes runs by" not in (said := log.read_text(errors="replace")):
            assert process.poll() is None, f"the worker ended:\n{said}"
            assert time.monotonic() < end, f"the worker does not start:\n{said}"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(SECONDS)
