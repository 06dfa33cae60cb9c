"""What several processes keep together in PostgreSQL: who is alive, limits of connections, who is served next."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from procrastinate import SyncPsycopgConnector
from psycopg_pool import PoolTimeout
from sqlalchemy import text

from components.client import Client, connections_from_secrets
from components.library import Library, LibraryUnavailable
from components.library.cluster import heartbeat
from components.library.cluster.cancels import cancel_waiting
from components.library.cluster.heartbeat import Heartbeat
from components.library.cluster.pacing import ConnectionLimits, NoRoom, end_slot, try_slot
from components.library.cluster.put_back import put_back
from components.library.cluster.queue import Claim, Served, announced, claim_next, put_in_queue, why_waiting
from components.library.db.postgres import MOST
from components.library.maintenance.housekeeping import alone
from components.library.maintenance.recovery import IN_QUEUE, settle
from components.library.opening import open_library
from components.runs import Runner
from components.runs.cluster.tickets import Tickets, prepare_schema
from components.runs.outcome import cancelled
from components.runs.worker.work import Worker
from components.settings import Settings
from tests.unit.runs.fake_client import ask

HERE = "team:x"
ROOMY = ConnectionLimits(100, 0)


def queue(library: Library, run_id: str, owner: str = "", connection_id: str = HERE, server_key: str = "key") -> None:
    """Submit a run to the workers."""
    waits = partial(
        put_in_queue,
        run_id=run_id,
        connection_id=connection_id,
        server_key=server_key,
        owner=owner,
        images=1,
        created=time.time(),
        history=(("Which animal?", "A fox."),),
        user="u1",
    )
    names = {"connection_id": connection_id, "connection_name": "X", "owner": owner}
    library.begin_run(run_id, ask(), **names, process=IN_QUEUE, also=waits)


def take(library: Library, limits: ConnectionLimits, images: int = 1) -> int | NoRoom:
    """Take a slot for a process's own work."""
    return try_slot(library.engine, HERE, limits, library.process_lock.process, "", images)


def die(library: Library) -> None:
    """Let a process be dead for the others."""
    lock = library.process_lock
    assert isinstance(lock, Heartbeat)
    lock._stopping.set()
    lock._thread.join()
    with library.engine.begin() as connection:
        statement = text("UPDATE processes SET expires = clock_timestamp() - interval '1 s' WHERE id = :id")
        connection.execute(statement, {"id": lock.process})


def test_images_of_a_minute_are_counted_together(libraries: tuple[Library, Library]) -> None:
    """What one process has started leaves less for the other, also after the run has ended."""
    first, second = libraries
    limits = ConnectionLimits(10, 3)
    slot = take(first, limits, images=2)
    assert isinstance(slot, int)
    full = take(second, limits, images=2)
    assert isinstance(full, NoRoom)
    assert full.seconds == pytest.approx(60, abs=10)
    assert isinstance(take(second, limits, images=1), int)
    end_slot(first.engine, slot)
    assert isinstance(take(second, limits, images=1), NoRoom)
    with first.engine.begin() as connection:
        connection.execute(text("UPDATE connection_turns SET started = started - interval '1 minute'"))
    assert isinstance(take(second, limits, images=7), int)  # more than the limit, so when the minute is empty


def test_slots_of_a_dead_process_are_free(libraries: tuple[Library, Library]) -> None:
    """A process that died gives its slots back; its images of this minute still count."""
    first, second = libraries
    assert isinstance(take(first, ConnectionLimits(1, 0)), int)
    assert take(second, ConnectionLimits(1, 0)) == NoRoom(None)
    die(first)
    assert isinstance(take(second, ConnectionLimits(1, 2)), int)
    assert isinstance(take(second, ConnectionLimits(2, 2)), NoRoom)


def test_each_run_is_claimed_once_and_persons_take_turns(libraries: tuple[Library, Library]) -> None:
    """Whoever asks next gets the next person's run, whole; nobody gets one twice."""
    first, second = libraries
    for run_id, owner in (("a1", "ann"), ("a2", "ann"), ("a3", "ann"), ("b1", "bob")):
        queue(first, run_id, owner)
    served = {HERE: Served("key", ROOMY)}
    claims = [claim_next(one, served) for one in (first, second, first, second)]
    assert all(isinstance(one, Claim) for one in claims)
    assert [one.run_id for one in claims if isinstance(one, Claim)] == ["a1", "b1", "a2", "a3"]
    assert isinstance(claims[0], Claim)
    assert (claims[0].history, claims[0].user) == ((("Which animal?", "A fox."),), "u1")
    assert claim_next(first, served) is None


def test_a_worker_takes_only_what_it_serves(libraries: tuple[Library, Library]) -> None:
    """A run goes to the server that the person chose, when its connection has room; pages say why it waits."""
    first, second = libraries
    queue(first, "r1")
    assert claim_next(second, {"team:other": Served("key", ROOMY)}) is None
    assert claim_next(second, {HERE: Served("another server", ROOMY)}) is None
    assert "No worker that has this connection is running" in (why_waiting(first, "r1") or "")
    assert isinstance(take(first, ConnectionLimits(1, 0)), int)
    assert claim_next(second, {HERE: Served("key", ConnectionLimits(1, 0))}) == NoRoom(None)


def test_a_run_for_another_address_blocks_no_other(libraries: tuple[Library, Library]) -> None:
    """The person's later runs are taken; the page says why the first one waits."""
    first, second = libraries
    queue(first, "old", "ann", server_key="former")
    queue(first, "new", "ann")
    second.process_lock.announce([HERE, announced(HERE, "key")])
    with second.engine.begin() as connection:
        connection.execute(text("UPDATE processes SET kind = 'worker'"))
    claim = claim_next(second, {"team:other": Served("former", ROOMY), HERE: Served("key", ROOMY)})
    assert isinstance(claim, Claim)
    assert claim.run_id == "new"
    assert "No worker sends to this run's address" in (why_waiting(first, "old") or "")


def test_a_run_that_is_not_stored_does_not_wait(libraries: tuple[Library, Library]) -> None:
    """An id that exists already is refused, and leaves nothing in the queue."""
    first, second = libraries
    queue(first, "r1")
    claim = claim_next(second, {HERE: Served("key", ROOMY)})
    assert isinstance(claim, Claim)
    with pytest.raises(LibraryUnavailable):
        queue(first, "r1")
    assert claim_next(first, {HERE: Served("key", ROOMY)}) is None


def test_a_cancelled_run_is_not_claimed(libraries: tuple[Library, Library]) -> None:
    """Out of the queue it ends unsent; one that a worker has is not taken from it."""
    first, second = libraries
    queue(first, "r1")
    assert cancel_waiting(second, "r1", cancelled(sent=False, by="Bob"))
    assert claim_next(first, {HERE: Served("key", ROOMY)}) is None
    run = first.run("r1")
    assert run is not None
    assert run.state == "cancelled"
    queue(first, "r2")
    assert isinstance(claim_next(first, {HERE: Served("key", ROOMY)}), Claim)
    assert not cancel_waiting(second, "r2", cancelled(sent=False, by="Bob"))


def test_a_ticket_that_cannot_be_written_fails_no_submission(
    libraries: tuple[Library, Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is in the queue already, so an error would let its person pay twice. The next ticket is written."""

    def refuse(connector: SyncPsycopgConnector) -> None:
        raise PoolTimeout

    tickets = Tickets(libraries[0])
    with monkeypatch.context() as refusing:
        refusing.setattr(SyncPsycopgConnector, "open", refuse)
        tickets.write()
    tickets.write()
    tickets.close()
    with libraries[0].engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one() == 1


def test_a_server_starts_while_another_recovers_or_cleans_up(
    libraries: tuple[Library, Library], tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on without its own recovery, and leaves the cleanup to the other."""
    first, _ = libraries
    monkeypatch.setattr(heartbeat, "SETTLING_SECONDS", 1)
    with first.process_lock.exclusive(), alone(first) as is_alone:
        assert is_alone
        third = open_library(tmp_path / "third", database_url=database)
        prepare_schema(third)
        with alone(third) as is_alone:
            assert not is_alone
    third.close()


def test_a_run_of_a_dead_machine_names_it(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its images may still be on the disk there: the run says so, and nobody here calls them lost."""
    monkeypatch.setattr(socket, "gethostname", lambda: "worker-7")
    far = open_library(tmp_path / "far", database_url=database, kind="worker")
    monkeypatch.setattr(socket, "gethostname", lambda: "server-1")
    near = open_library(tmp_path / "near", database_url=database)
    for run_id in ("waits", "runs", "failed"):
        far.begin_run(run_id, ask(), connection_id=HERE, connection_name="X")
    assert far.start_run("runs", 1.0)
    unsaved = {"title": "Not saved", "unsaved": [0], "next": "The app keeps trying to save it."}
    far.update_run("failed", state="failed", error=unsaved, ended=2.0)
    die(far)
    assert settle(near) == 2
    waits, runs, failed = (near.run(run_id) for run_id in ("waits", "runs", "failed"))
    assert waits is not None
    assert runs is not None
    assert failed is not None
    assert (waits.state, runs.state) == ("interrupted", "interrupted")
    assert waits.error is not None
    assert runs.error is not None
    assert (waits.error["money"], runs.error["money"]) == ("nothing_spent", "may_be_billed")
    assert "disk of worker-7" in runs.error["what"]
    assert failed.error == unsaved
    assert not far.start_run("waits", 3.0)  # a process that was only slow sends nothing afterwards
    for one in (near, far):
        one.close()


def test_a_process_that_holds_its_lock_keeps_its_run_and_staging(tmp_path: Path, database: str) -> None:
    """After an outage its row has expired, but who shares its folder sees that it lives."""
    first, second = (open_library(tmp_path, database_url=database) for _ in range(2))
    first.begin_run("r1", ask(), connection_id=HERE, connection_name="X")
    staging = first.run_staging("r1")
    die(first)
    assert settle(second) == 0
    run = second.run("r1")
    assert run is not None
    assert run.state == "queued"
    assert staging.is_dir()
    first.close()
    second.close()


def test_nobody_is_buried_just_after_an_outage(libraries: tuple[Library, Library]) -> None:
    """Who could not reach the database itself waits until the others may have had a heartbeat again."""
    first, second = libraries
    first.begin_run("r1", ask(), connection_id=HERE, connection_name="X")
    die(first)
    lock = second.process_lock
    assert isinstance(lock, Heartbeat)
    lock._last_beat -= 60
    assert settle(second) == 0
    lock._beat()
    assert settle(second) == 0
    lock._regular_since -= 60
    assert settle(second) == 1


def test_the_heartbeat_goes_on_when_the_pool_is_exhausted(tmp_path: Path, database: str) -> None:
    """It has a connection of its own, and no error ends it."""
    library = open_library(tmp_path, database_url=database, heartbeat_seconds=0.5)
    lock = library.process_lock
    assert isinstance(lock, Heartbeat)
    held = [library.engine.connect() for _ in range(MOST)]
    lock._beat()
    for one in held:
        one.close()
    beat, failed, beaten = lock._beat, threading.Event(), threading.Event()

    def fail_once() -> None:
        if not failed.is_set():
            failed.set()
            raise TimeoutError
        beat()
        beaten.set()

    lock._beat = fail_once  # type: ignore[method-assign]
    assert beaten.wait(60)
    library.close()


def test_a_run_that_cannot_be_begun_waits_again(libraries: tuple[Library, Library]) -> None:
    """A storage that fails for a moment leaves it in the queue, whole; once put back, its worker cannot send it."""
    first, second = libraries
    queue(first, "r1", "ann")
    served = {HERE: Served("key", ROOMY)}
    claim = claim_next(second, served)
    assert isinstance(claim, Claim)
    assert not put_back(first, claim, "key")  # it is another's
    assert put_back(second, claim, "key")
    assert not second.start_run("r1", 1.0)
    again = claim_next(first, served)
    assert isinstance(again, Claim)
    assert (again.run_id, again.history, again.user) == (claim.run_id, claim.history, claim.user)
    assert first.start_run("r1", 2.0)
    assert not put_back(first, again, "key")  # it was begun


def test_a_worker_puts_back_what_it_cannot_begin(
    libraries: tuple[Library, Library], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes nothing else then; the run can be claimed and cancelled as before."""
    first, second = libraries
    connection = connections_from_secrets({"connections": {"x": {"base_url": "http://127.0.0.1:9/v1", "api_key": "k"}}})
    queue(first, "r1", server_key=connection[0].server_key)
    settings = Settings(data=tmp_path / "second")
    runner = Runner(second, Client(settings), settings)
    runner.start()
    worker = Worker(second, runner, settings, connection, 4)

    def fail(run_id: str) -> None:
        raise LibraryUnavailable("The storage cannot be reached.", "Try again.")

    monkeypatch.setattr(second, "inputs", fail)
    asyncio.run(worker.take_all())
    runner.stop()
    assert cancel_waiting(first, "r1", cancelled(sent=False, by="Ann"))


def test_a_run_whose_place_in_the_queue_is_gone_is_interrupted(libraries: tuple[Library, Library]) -> None:
    """As after a move or a restore; those that have their place wait on."""
    first, second = libraries
    queue(first, "lost")
    with first.engine.begin() as connection:
        connection.execute(text("DELETE FROM waiting_runs"))
    queue(first, "waits")
    assert settle(second) == 1
    lost, waits = second.run("lost"), second.run("waits")
    assert lost is not None
    assert waits is not None
    assert (lost.state, waits.state) == ("interrupted", "queued")
