"""Workers and app servers of one library on PostgreSQL: nothing is lost, doubled or billed twice, whatever dies."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from components.library import check_library
from components.library.opening import open_for
from components.library.team.budget_store import save_budget
from components.parameters import estimate
from components.team.budgets import MICROS, Budget, Period, Scope
from tests.servers import postgres
from tests.wire.team.paid_server import STAGES, PaidServer, image_of
from tests.wire.team.processes import MOMENTS, AppServer, WorkerProcess, ask, settings_of

# What a run is after its worker was killed at a moment: its state, how often the server was asked, and what is said of
# the money. The moments of the server's answer are `STAGES`.
KILLED: dict[str, tuple[str, int, str]] = {
    "before the claim": ("done", 1, ""),
    "after the claim": ("interrupted", 0, "nothing_spent"),
    "before the start": ("interrupted", 0, "nothing_spent"),
    "after the start": ("interrupted", 0, "may_be_billed"),
    "headers": ("interrupted", 1, "may_be_billed"),
    "image": ("interrupted", 1, "may_be_billed"),
    "end": ("interrupted", 1, "may_be_billed"),
    "between file and row": ("interrupted", 1, "may_be_billed"),
    "between row and end": ("interrupted", 1, "may_be_billed"),
    "after the end": ("done", 1, ""),
}
WITH_IMAGE = {"before the claim", "end", "between file and row", "between row and end", "after the end"}


def test_a_worker_that_is_killed_at_any_moment(tmp_path: Path, database: str, stack: ExitStack) -> None:
    """Its run ends as what it is, its image is kept, and nothing is sent again by itself."""
    assert set(KILLED) == {*MOMENTS, *STAGES}
    server = stack.enter_context(PaidServer())
    names = {moment: {"base_url": server.base_url, "api_key": "k"} for moment in KILLED}
    settings = settings_of(tmp_path, database)
    first, second = servers = [AppServer(settings, names) for _ in range(2)]
    victims = {
        moment: WorkerProcess(settings, {moment: names[moment]}, moment if moment in MOMENTS else "")
        for moment in KILLED
    }
    for server_process in servers:
        stack.callback(server_process.stop)
    for victim in victims.values():
        stack.callback(victim.kill)
    for process in (*servers, *victims.values()):
        process.ready()
    for moment in STAGES:
        server.hold(moment, moment)
    run_ids = {moment: first.submit(f"team:{moment}", moment, owner="ann") for moment in KILLED}
    for moment, victim in victims.items():
        if moment in STAGES:
            server.reached(moment, moment)
            if moment == "end":  # the image has come, and what follows it has not
                second.image(run_ids[moment])
        else:
            assert victim.hear() == "here"
    # Each shares its connection with a worker that lives on, sees it die, and would take what may be taken.
    survivor = WorkerProcess(settings, names).ready()
    stack.callback(survivor.stop)
    for victim in victims.values():
        victim.kill()
    for moment, (state, billed, money) in KILLED.items():
        view: dict[str, Any] = second.end(run_ids[moment])
        assert (moment, view["state"], server.billed[moment]) == (moment, state, billed)
        assert (view["error"] or {}).get("money", "") == money, moment
    library = open_for(settings)
    stack.callback(library.close)
    for moment, run_id in run_ids.items():
        kept = [output.sha256 for output in library.outputs(run_id)]
        wanted = [hashlib.sha256(image_of(moment)).hexdigest()] if moment in WITH_IMAGE else []
        assert kept == wanted, moment
    assert check_library(library, thorough=True).is_clean
    # One button: each interrupted run is a new one then, which the survivor sends.
    again = [first.submit(f"team:{moment}", f"{moment} again") for moment in KILLED]
    assert {second.end(run_id)["state"] for run_id in again} == {"done"}
    assert server.billed.total() == sum(billed for _, billed, _ in KILLED.values()) + len(KILLED)


def test_a_run_is_seen_and_cancelled_from_another_server(tmp_path: Path, database: str, stack: ExitStack) -> None:
    """A preview reaches the server that did not submit the run, and so does a cancel from there the worker."""
    server = stack.enter_context(PaidServer())
    names = {"team": {"base_url": server.base_url, "api_key": "k"}}
    settings = settings_of(tmp_path, database)
    first, second, worker = AppServer(settings, names), AppServer(settings, names), WorkerProcess(settings, names)
    for process in (first, second, worker):
        stack.callback(process.ready().stop)
    server.hold("image", "a fox")
    run_id = first.submit("team:team", "a fox", owner="ann", partial_images=1)
    assert second.preview(run_id) == (1, image_of("a fox"))
    second.cancel(run_id, "Bob")
    view = first.end(run_id)
    assert view["state"] == "cancelled"
    assert "Bob stopped this run after it was sent" in view["error"]["what"]
    assert server.billed["a fox"] == 1


def test_a_run_that_no_worker_took_is_cancelled_unsent(tmp_path: Path, database: str, stack: ExitStack) -> None:
    """It waits for a worker, and a cancel of any server takes it out of the queue."""
    server = stack.enter_context(PaidServer())
    names = {"team": {"base_url": server.base_url, "api_key": "k"}}
    settings = settings_of(tmp_path, database)
    first, second = AppServer(settings, names), AppServer(settings, names)
    for process in (first, second):
        stack.callback(process.ready().stop)
    run_id = first.submit("team:team", "a fox")
    second.cancel(run_id, "Bob")
    view = first.end(run_id)
    assert (view["state"], view["error"]["money"]) == ("cancelled", "nothing_spent")
    worker = WorkerProcess(settings, names).ready()
    stack.callback(worker.stop)
    assert second.end(second.submit("team:team", "an owl"))["state"] == "done"
    assert server.billed == {"an owl": 1}


def test_limits_hold_across_workers(tmp_path: Path, database: str, stack: ExitStack) -> None:
    """Two workers together send no more at once than the connection takes, and serve persons in turns."""
    server = stack.enter_context(PaidServer(seconds=0.25))
    names = {"team": {"base_url": server.base_url, "api_key": "k", "runs_at_once": 3}}
    settings = settings_of(tmp_path, database)
    servers = [AppServer(settings, names) for _ in range(2)]
    for one in servers:
        stack.callback(one.ready().stop)
    many = [servers[0].submit("team:team", f"ann {number}", owner="ann") for number in range(20)]
    few = [servers[1].submit("team:team", f"bob {number}", owner="bob") for number in range(2)]
    for _ in range(2):
        stack.callback(WorkerProcess(settings, names).ready().stop)
    assert {servers[1].end(run_id)["state"] for run_id in (*many, *few)} == {"done"}
    assert server.most_at_once == 3
    assert set(server.billed.values()) == {1}
    order = list(server.billed)  # in the order of their first request
    assert max(order.index("bob 0"), order.index("bob 1")) < 8


def test_a_budget_holds_for_all_servers_and_workers(tmp_path: Path, database: str, stack: ExitStack) -> None:
    """Of a hundred runs that two servers submit at once, as many are sent as the budget pays for."""
    server = stack.enter_context(PaidServer())
    names = {"team": {"base_url": server.base_url, "api_key": "k", "runs_at_once": 8}}
    settings = settings_of(tmp_path, database)
    library = open_for(settings)
    stack.callback(library.close)
    price = estimate(ask("a fox", quality="high")).high
    assert price is not None
    save_budget(library, Budget(Scope.TEAM, "", Period.DAY, hard=int(price * 10 * MICROS)))
    servers = [AppServer(settings, names) for _ in range(2)]
    for one in servers:
        stack.callback(one.ready().stop)

    def submit(number: int) -> str | None:
        return servers[number % 2].offer("team:team", f"fox {number}", quality="high")

    with ThreadPoolExecutor(2) as pool:
        accepted = [run_id for run_id in pool.map(submit, range(100)) if run_id is not None]
    assert len(accepted) == 10
    for _ in range(2):
        stack.callback(WorkerProcess(settings, names).ready().stop)
    assert {servers[0].end(run_id)["state"] for run_id in accepted} == {"done"}
    assert server.billed.total() == 10
    assert set(server.billed.values()) == {1}


def test_lost_connections_to_the_database_interrupt_no_run(tmp_path: Path, database: str, stack: ExitStack) -> None:
    """After all of them were cut, a run under way ends as it would have, and the next one is taken."""
    server = stack.enter_context(PaidServer())
    names = {"team": {"base_url": server.base_url, "api_key": "k"}}
    settings = settings_of(tmp_path, database)
    app, worker = AppServer(settings, names), WorkerProcess(settings, names)
    for process in (app, worker):
        stack.callback(process.ready().stop)
    server.hold("headers", "a fox")
    run_id = app.submit("team:team", "a fox")
    server.reached("headers", "a fox")
    name = database.rpartition("/")[2]
    postgres.server().execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    server.release("headers", "a fox")
    assert app.end(run_id)["state"] == "done"
    assert app.end(app.submit("team:team", "an owl"))["state"] == "done"
    assert server.billed == {"a fox": 1, "an owl": 1}
