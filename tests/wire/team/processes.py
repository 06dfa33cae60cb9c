"""App servers and workers as processes of their own, which a test talks to, and kills at a moment of a run.

They are forked by a server that has imported the app already, so that each starts in a moment. An app server here is
what lies below its pages: library, runner and the channel to the others.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from types import ModuleType
from typing import Any, Self
from unittest.mock import patch

import procrastinate  # noqa: F401 (imported once, for all processes that are forked)
import psycopg_pool  # noqa: F401
import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401

import components.library.cluster.heartbeat
import components.runs.cluster.peers  # noqa: F401
from components.client import Client, Connection, connections_from_secrets
from components.library import Library
from components.library.opening import open_for
from components.library.team.charges import BudgetExceeded
from components.parameters import Request, resolve
from components.runs import Runner
from components.runs.cluster import peers_of
from components.runs.worker import __main__ as worker_module
from components.runs.worker import work
from components.settings import Settings

SECONDS = 40.0
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.wire.team.processes"])


def team(names: Mapping[str, Mapping[str, Any]]) -> list[Connection]:
    """The team's connections as secrets.toml would name them."""
    return connections_from_secrets({"connections": names})


def ask(prompt: str, **raw: Any) -> Request:
    """A request for one image."""
    found = resolve("generate", "gpt-image-2", {"prompt": prompt, **raw})
    assert isinstance(found, Request), found
    return found


class Process:
    """A process, and its end of the pipe."""

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:
        self._pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=target, args=(theirs, *arguments), daemon=True)
        # A page's test leaves the page as `__main__`, which multiprocessing would run in the new process.
        with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            self._process.start()
        theirs.close()
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """Its number in the system."""
        assert self._process.pid is not None
        return self._process.pid

    def hear(self) -> Any:
        """What the process says next."""
        assert self._pipe.poll(SECONDS), "the process says nothing"
        return self._pipe.recv()

    def ask(self, *command: Any) -> Any:
        """Send a command and return the answer."""
        with self._lock:
            self._pipe.send(command)
            answer = self.hear()
            assert not isinstance(answer, BaseException), answer
            return answer

    def ready(self) -> Self:
        """Wait until it works."""
        assert self.hear() == "ready"
        return self

    def kill(self) -> None:
        """End it as the system's out-of-memory killer does."""
        self._process.kill()
        self._process.join(SECONDS)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self._process.is_alive():
            os.kill(self.pid, signal.SIGTERM)
            self._process.join(SECONDS)
        assert not self._process.is_alive()


class AppServer(Process):
    """An app server, without its pages."""

    def __init__(self, settings: Settings, connections: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(_serve, settings, connections)

    def submit(self, connection: str, prompt: str, owner: str = "", **raw: Any) -> str:
        """Submit a run, and return its id."""
        return str(self.ask("submit", connection, prompt, owner, raw))

    def offer(self, connection: str, prompt: str, **raw: Any) -> str | None:
        """Submit a run, and return its id; None if a budget refuses it."""
        found: str | None = self.ask("offer", connection, prompt, "", raw)
        return found

    def cancel(self, run_id: str, by: str) -> None:
        """Cancel a run as somebody at a page of this server would."""
        self.ask("cancel", run_id, by)

    def end(self, run_id: str) -> dict[str, Any]:
        """Follow a run to its end, as a page does, and return its last view."""
        found: dict[str, Any] = self.ask("follow", run_id, "ended")
        return found

    def image(self, run_id: str) -> str:
        """Follow a run to its first image, and return its SHA-256."""
        return str(self.ask("follow", run_id, "image"))

    def preview(self, run_id: str) -> tuple[int, bytes]:
        """Follow a run to its first preview, and return its number and bytes."""
        found: tuple[int, bytes] = self.ask("follow", run_id, "preview")
        return found


def _serve(pipe: Pipe, settings: Settings, names: Mapping[str, Mapping[str, Any]]) -> None:
    signal.signal(signal.SIGTERM, lambda *_: pipe.close())
    library = open_for(settings)
    runner = Runner(library, Client(settings), settings, peers_of(library, settings))
    runner.start()
    connections = {one.id: one for one in team(names)}
    pipe.send("ready")
    try:
        while True:
            command, *values = pipe.recv()
            try:
                pipe.send(_COMMANDS[command](runner, connections, *values))
            except Exception as problem:
                pipe.send(RuntimeError(f"{command} {values}: {problem!r}"))
    except (EOFError, OSError):
        runner.stop()
        library.close()


def _submit(runner: Runner, connections: Mapping[str, Connection], name: str, prompt: str, owner: str, raw: Any) -> str:
    return runner.submit(connections[name], ask(prompt, **raw), owner=owner)


def _offer(runner: Runner, connections: Mapping[str, Connection], *values: Any) -> str | None:
    try:
        return _submit(runner, connections, *values)
    except BudgetExceeded:
        return None


def _cancel(runner: Runner, connections: object, run_id: str, by: str) -> None:
    runner.cancel(run_id, by)


def _follow(runner: Runner, connections: object, run_id: str, until: str) -> Any:
    async def follow() -> Any:
        async for view in runner.subscribe(run_id):
            if until == "preview" and view.partials:
                data = runner.partial(run_id, view.partials[0].token)
                return view.partials[0].number, data
            if until == "image" and view.images:
                return view.images[0].sha256
            if view.has_ended:
                return {"state": view.state, "error": view.error, "images": [one.sha256 for one in view.images]}
        return None

    return asyncio.run(asyncio.wait_for(follow(), SECONDS))


_COMMANDS: dict[str, Callable[..., Any]] = {"submit": _submit, "offer": _offer, "cancel": _cancel, "follow": _follow}


class WorkerProcess(Process):
    """A worker. With a moment it says "here" when its first run comes to it, and goes no further."""

    def __init__(self, settings: Settings, connections: Mapping[str, Mapping[str, Any]], moment: str = "") -> None:
        super().__init__(_work, settings, connections, moment)


def _work(pipe: Pipe, settings: Settings, names: Mapping[str, Mapping[str, Any]], moment: str) -> None:
    def here() -> None:
        pipe.send("here")
        threading.Event().wait()

    if moment:
        MOMENTS[moment](here)
    library = open_for(settings, kind="worker")
    try:
        asyncio.run(worker_module.work(library, settings, team(names), lambda serves: pipe.send("ready")))
    finally:
        library.close()


def _before(owner: Any, name: str, here: Callable[[], None], when: Callable[..., bool] = lambda *_, **__: True) -> None:
    """Stop before a function is called."""
    real = getattr(owner, name)

    def held(*arguments: Any, **named: Any) -> Any:
        if when(*arguments, **named):
            here()
        return real(*arguments, **named)

    setattr(owner, name, held)


def _after(owner: Any, name: str, here: Callable[[], None], when: Callable[..., bool] = lambda found: True) -> None:
    """Stop after a function has returned."""
    real = getattr(owner, name)

    def held(*arguments: Any, **named: Any) -> Any:
        found = real(*arguments, **named)
        if when(found):
            here()
        return found

    setattr(owner, name, held)


def _after_file(here: Callable[[], None]) -> None:
    from components.library import store

    real = store.commit_image

    @contextmanager
    def held(*arguments: Any, **named: Any) -> Iterator[None]:
        with real(*arguments, **named):
            here()
            yield

    store.commit_image = held


def _ends(_: Library, run_id: str, **values: Any) -> bool:
    return values.get("state") == "done"


def _after_end(here: Callable[[], None]) -> None:
    real = Library.update_run

    def held(library: Library, run_id: str, **values: Any) -> None:
        real(library, run_id, **values)
        if values.get("state") == "done":
            here()

    Library.update_run = held  # type: ignore[method-assign]


# Where a worker is stopped, besides the moments of the server's answer.
MOMENTS: dict[str, Callable[[Callable[[], None]], None]] = {
    "before the claim": partial(_before, work, "claim_next"),
    "after the claim": lambda here: _after(work, "claim_next", here, lambda found: isinstance(found, work.Claim)),
    "before the start": partial(_before, Library, "start_run"),
    "after the start": partial(_after, Library, "start_run"),
    "between file and row": _after_file,
    "between row and end": lambda here: _before(Library, "update_run", here, _ends),
    "after the end": _after_end,
}


def settings_of(data: Path, database_url: str, **more: Any) -> Settings:
    """Settings of a process."""
    return Settings(data=data, database_url=database_url, heartbeat_seconds=5.0, stop_seconds=5.0, **more)
