"""A PostgreSQL server for tests: Debian's programs, found or installed, and one server per process that uses it.

It listens on a free port of 127.0.0.1, keeps its files in a temporary folder and forgets them at the end. Nothing is
synced to the disk. Its default collation is not that of SQLite, as with most servers of operators.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from tests.servers.network import free_port
from tests.setup.environment import SetupError, apt_install, can_use_apt, quietly

USER = "workbench"
GUARDED, PASSWORD = "guarded", "pg-secret-49152"  # the role that needs its password
START_SECONDS = 120
_NOT_FOUND = "The tests need PostgreSQL 15 or newer, and none was found{}. Install it, then run again."
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "autovacuum": "off",
}


def programs() -> Path:
    """The folder of PostgreSQL's programs, installed now if need be. Raise SetupError."""
    if found := _find():
        return found
    if not can_use_apt():
        raise SetupError(_NOT_FOUND.format(""))
    print("── Installing PostgreSQL with apt-get (once)", flush=True)
    if all(map(quietly, apt_install("postgresql"))) and (found := _find()):
        return found
    raise SetupError(_NOT_FOUND.format(", nor could it be installed"))


def _find() -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    folders = [*debian, *([Path(on_path).parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class PostgresServer:
    """A running server. Its databases are made by `new_database`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._numbers = count(1)
        # PostgreSQL refuses to run as root.
        self._as: dict[str, Any] = {}
        if sys.platform != "win32" and os.geteuid() == 0:
            self._as = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self.folder, "postgres", "postgres")
        data = self.folder / "data"
        make = [
            *(str(programs() / "initdb"), "-D", str(data), "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-sync"),
            *("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--no-instructions"),
        ]
        made = subprocess.run(make, capture_output=True, text=True, cwd="/", check=False, **self._as)
        if made.returncode:
            raise SetupError(f"initdb failed: {made.stderr}")
        guard = f"host all {GUARDED} all scram-sha-256\n"
        rules = data / "pg_hba.conf"
        rules.write_text(guard + rules.read_text())
        options = [f"-c{name}={value}" for name, value in {**_OPTIONS, "port": self.port}.items()]
        with (self.folder / "log").open("wb") as log:
            run = [str(programs() / "postgres"), "-D", str(data), *options]
            self._process = subprocess.Popen(run, stdout=log, stderr=log, cwd="/", start_new_session=True, **self._as)
        atexit.register(self.stop)
        self._await_start()
        self.execute(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")

    def _await_start(self) -> None:
        import psycopg

        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise SetupError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}") from None
                time.sleep(0.02)

    @property
    def pid(self) -> int:
        """The number of its first process."""
        return self._process.pid

    def url(self, database: str, user: str = USER, password: str = "") -> str:
        """The URL of a database, as `IMAGE_WORKBENCH_DATABASE_URL` takes it."""
        who = f"{user}:{password}" if password else user
        return f"postgresql+psycopg://{who}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Execute a statement outside a transaction; return its rows."""
        import psycopg

        address = {"host": "127.0.0.1", "port": self.port, "user": USER, "dbname": database}
        with psycopg.connect(**address, autocommit=True, connect_timeout=START_SECONDS) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def new_database(self, template: str = "template1") -> str:
        """Create a database, as a copy of another if asked; return its name."""
        name = f"library_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, with the connections that are open to it."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server and remove its files."""
        atexit.unregister(self.stop)
        if self._process.poll() is None:
            self._process.send_signal(3)  # SIGQUIT: at once, since nothing of it is needed again
            self._process.wait(timeout=START_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def server() -> PostgresServer:
    """The server of this process, started now if need be. Raise SetupError."""
    return PostgresServer()
