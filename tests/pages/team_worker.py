"""A worker for pages' runs by the team's connections, which on PostgreSQL go to workers and not to the app itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.testing.v1 import AppTest

from components.client import Client, connections_from_secrets
from components.library.cluster.queue import announced
from components.library.opening import open_for
from components.runs.cluster import peers_of
from components.runs.runner import Runner
from components.runs.worker.work import Worker
from components.ui.process.workbench import Workbench
from tests.servers import stores

SECONDS = 60.0


@contextmanager
def team_worker(app: AppTest, workbench: Workbench) -> Iterator[None]:
    """On PostgreSQL, work on the runs by the connections in the app's secrets; elsewhere the app does that."""
    if not stores.ON_POSTGRES:
        yield
        return
    settings, connections = workbench.settings, connections_from_secrets(app.secrets)
    library = open_for(settings, kind="worker", removes=False)
    runner = Runner(library, Client(settings, private_connections=False), settings, peers_of(library, settings))
    runner.start()
    worker = Worker(library, runner, settings, connections, settings.worker_runs)
    library.process_lock.announce([*worker.serves, *(announced(one.id, one.server_key) for one in connections)])
    loop, stopping = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(worker.run(stopping, SECONDS),))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(SECONDS)
        loop.close()
        runner.stop()
        library.close()
