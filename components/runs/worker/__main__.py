"""`python -m components.runs.worker`: work on the runs of a library on PostgreSQL, on as many machines as wanted."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial

from components.client import Client, Connection, connections_from_environment, connections_from_secrets
from components.client.connections.secrets_file import operator_secrets
from components.images.decoding import decode_gate
from components.library import Library, LibraryUnavailable
from components.library.cluster.queue import announced
from components.library.maintenance.housekeeping import Housekeeper
from components.library.opening import open_for
from components.library.team.rule_defaults import defaults_in, use_defaults
from components.logs import configure_logs
from components.runs.cluster import peers_of
from components.runs.probing.stored_capabilities import StoredCapabilities
from components.runs.runner import Runner
from components.runs.worker.work import Worker
from components.settings import SETTING_STATUS, SettingError, Settings

NO_DATABASE = (
    "A worker needs a library on PostgreSQL: set IMAGE_WORKBENCH_DATABASE_URL as for the app. Without it, the app "
    "works on its runs itself."
)
NO_CONNECTION = (
    "This worker has no connection: set OPENAI_API_KEY or a similar variable, or copy the app's .streamlit/secrets.toml"
    " to it."
)


def team_connections() -> list[Connection]:
    """Return the connections that need no session: of the environment and of secrets.toml. Raise SettingError."""
    return [*connections_from_environment(os.environ), *connections_from_secrets(operator_secrets())]


def main() -> int:
    """Work until SIGTERM or SIGINT; return the exit status."""
    try:
        settings = Settings.from_environment()
        configure_logs(settings)
        if not settings.database_url:
            raise SettingError(NO_DATABASE)
        connections = team_connections()
        if not connections:
            raise SettingError(NO_CONNECTION)
        use_defaults(defaults_in(operator_secrets()))
        decode_gate.configure(settings.decode_bytes)
        library = open_for(settings, kind="worker", removes=False)
    except (SettingError, LibraryUnavailable) as problem:
        sys.stderr.write(f"{problem}\n")
        return SETTING_STATUS if isinstance(problem, SettingError) else 1
    try:
        asyncio.run(work(library, settings, connections, partial(_greet, library)))
    finally:
        library.close()
    return 0


def _greet(library: Library, serves: list[str]) -> None:
    sys.stdout.write(f"Worker {library.process_lock.process} takes runs by: {', '.join(serves)}\n")
    sys.stdout.flush()


async def work(
    library: Library,
    settings: Settings,
    connections: Sequence[Connection],
    greet: Callable[[list[str]], object],
) -> None:
    """Work until SIGTERM or SIGINT; call `greet` with the ids of the connections once it takes runs."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    capabilities = StoredCapabilities(library)
    client = Client(settings, private_connections=False, capabilities=capabilities)
    runner = Runner(library, client, settings, peers_of(library, settings))
    runner.start()
    housekeeper = Housekeeper(library, removes=False)  # retention is the app servers', by their settings
    housekeeper.start()
    try:
        worker = Worker(library, runner, settings, connections, settings.worker_runs)
        mine = [announced(one.id, one.server_key) for one in connections if one.id in worker.serves]
        library.process_lock.announce([*worker.serves, *mine])
        greet(worker.serves)
        await worker.run(stopping, settings.stop_seconds)
    finally:
        await asyncio.to_thread(housekeeper.stop)
        await asyncio.to_thread(runner.stop)
        capabilities.close()


if __name__ == "__main__":
    sys.exit(main())
