"""Runs wait for a slot: so many at once, so many images a minute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from components.client import Connection
from components.client.events import Sent
from components.runs import rate_limiter
from components.runs.rate_limiter import RateLimiter
from tests.unit.runs.fake_client import DONE, Gate, RunnerHarness, arrives, png


def test_a_connection_works_on_so_many_runs_at_once(harness: Callable[..., RunnerHarness]) -> None:
    """Runs above the limit wait, saying so; each connection has a limit of its own."""
    gate = Gate()
    app = harness([Sent(), gate, arrives(0, png(0)), DONE], runs_at_once=2)
    first, second = app.submit(), app.submit()
    app.until(first, lambda view: view.state == "running")
    app.until(second, lambda view: view.state == "running")
    third = app.submit()
    waiting = app.until(third, lambda view: view.waiting is not None)
    assert waiting.state == "queued"
    assert waiting.waiting is not None
    assert "2 runs at once" in waiting.waiting
    other = app.submit(connection=Connection("c2", "Other server"))
    app.until(other, lambda view: view.state == "running")
    gate.open()
    assert [app.end(run).state for run in (first, second, third, other)] == ["done"] * 4


class FakeTime:
    """A clock that goes on only while someone sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        """The time now."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Go on by that much at once, and let others have their turn."""
        self.slept.append(seconds)
        self.now += seconds
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        loop.call_soon(turn.set_result, None)
        await turn


@pytest.mark.parametrize(
    ("per_minute", "images", "starts"),
    [
        (5, [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 60]),
        (5, [3, 3, 2, 1], [0, 60, 60, 120]),
        (5, [10, 10], [0, 60]),
        (2, [1, 1, 1, 1, 1], [0, 0, 60, 60, 120]),
        (0, [10, 10, 10], [0, 0, 0]),
    ],
)
def test_pacing(per_minute: int, images: list[int], starts: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """No more images than the limit start within any minute; a run larger than the limit starts alone."""
    time = FakeTime()
    monkeypatch.setattr(rate_limiter.asyncio, "sleep", time.sleep)
    reasons: list[str | None] = []

    async def go() -> list[float]:
        limiter = RateLimiter(4, per_minute, clock=time.clock)
        begun = []
        for count in images:
            async with limiter.slot(count, reasons.append):
                begun.append(time.now - 1000)
        return begun

    assert asyncio.run(go()) == starts
    assert reasons[-1] is None
    waits = [one for one in reasons if one]
    assert len(waits) == len(time.slept) == sum(later - sooner for sooner, later in pairwise(starts))
    assert all("images a minute" in one for one in waits)
    if waits:  # counted down, second by second
        assert [waits[0].split(":")[0], waits[59].split(":")[0]] == ["Waiting about 60 s", "Waiting about 1 s"]


def test_who_waits_behind_another_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs take the minute in the order in which they came; those behind the first one that waits say so."""
    time = FakeTime()
    monkeypatch.setattr(rate_limiter.asyncio, "sleep", time.sleep)
    reasons: list[list[str | None]] = [[], [], []]
    begun: list[tuple[int, float]] = []

    async def run(limiter: RateLimiter, place: int) -> None:
        async with limiter.slot(1, reasons[place].append):
            begun.append((place, time.now - 1000))

    async def go() -> None:
        limiter = RateLimiter(4, 1, clock=time.clock)
        await asyncio.gather(*(run(limiter, place) for place in range(3)))

    asyncio.run(go())
    assert begun == [(0, 0), (1, 60), (2, 120)]
    assert [one[-1] for one in reasons] == [None] * 3
    assert reasons[0] == [None]
    assert reasons[1][0] == "Waiting about 60 s: this connection may start 1 image a minute."
    assert reasons[2][0] == "Waiting about 2 min behind 1 run: this connection may start 1 image a minute."
    assert "Waiting about 99 s behind 1 run: this connection may start 1 image a minute." in reasons[2]
    assert reasons[2][-2] == "Waiting about 1 s: this connection may start 1 image a minute."


def test_thirty_that_wait_know_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of many is reported at once about when it will start, and starts just then."""
    time = FakeTime()
    monkeypatch.setattr(rate_limiter.asyncio, "sleep", time.sleep)
    reasons: list[list[str | None]] = [[] for _ in range(30)]
    begun: list[float] = []

    async def run(limiter: RateLimiter, place: int) -> None:
        async with limiter.slot(1, reasons[place].append):
            begun.append(time.now - 1000)

    async def go() -> None:
        limiter = RateLimiter(4, 5, clock=time.clock)
        await asyncio.gather(*(run(limiter, place) for place in range(30)))

    asyncio.run(go())
    assert begun == [60 * (place // 5) for place in range(30)]
    assert reasons[29][0] == "Waiting about 5 min behind 24 runs: this connection may start 5 images a minute."
    assert "Waiting about 3 min behind 14 runs: this connection may start 5 images a minute." in reasons[29]
    assert [one[-1] for one in reasons] == [None] * 30


def test_who_waits_for_others_to_end_knows_how_many(harness: Callable[..., RunnerHarness]) -> None:
    """Without a limit by the minute the runs before it are counted, and the count goes down as they go."""
    gate = Gate()
    app = harness([Sent(), gate, arrives(0, png(0)), DONE], runs_at_once=1)
    first, second, third = app.submit(), app.submit(), app.submit()
    app.until(third, lambda view: "behind 1 run" in (view.waiting or ""))
    app.runner.cancel(second)
    view = app.until(third, lambda view: "behind" not in (view.waiting or "behind"))
    assert view.waiting == "Waiting: this connection works on one run at a time."
    gate.open()
    assert [app.end(run).state for run in (first, second, third)] == ["done", "cancelled", "done"]


def test_a_minute_that_is_full_is_reported(harness: Callable[..., RunnerHarness]) -> None:
    """A run that waits for the minute says how long, and can be cancelled."""
    app = harness([Sent(), arrives(0, png(0)), DONE], images_per_minute=1)
    assert app.end(app.submit()).state == "done"
    second = app.submit()
    view = app.until(second, lambda view: view.waiting is not None)
    assert view.waiting is not None
    assert "1 image a minute" in view.waiting
    app.runner.cancel(second)
    assert app.end(second).state == "cancelled"


def test_a_connection_with_limits_of_its_own(harness: Callable[..., RunnerHarness]) -> None:
    """What a connection says of its server goes before the setting for all, for it alone."""
    gate = Gate()
    app = harness([Sent(), gate, arrives(0, png(0)), DONE], runs_at_once=1, images_per_minute=1)
    wide = Connection("wide", "Wide", runs_at_once=3, images_per_minute=0)
    others = [app.submit(connection=wide) for _ in range(3)]
    for run_id in others:
        app.until(run_id, lambda view: view.state == "running")
    app.submit()
    second = app.submit()
    app.until(second, lambda view: "one run at a time" in (view.waiting or ""))
    gate.open()
    assert [app.end(run_id).state for run_id in others] == ["done"] * 3
    app.runner.cancel(second)


def test_persons_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes while many runs of one person wait is served next, and is told so."""
    time = FakeTime()
    monkeypatch.setattr(rate_limiter.asyncio, "sleep", time.sleep)
    reasons: list[str | None] = []
    begun: list[str] = []

    async def run(limiter: RateLimiter, owner: str) -> None:
        async with limiter.slot(1, reasons.append if owner == "b" else lambda reason: None, owner):
            begun.append(owner)
            await asyncio.sleep(10)

    async def go() -> None:
        limiter = RateLimiter(1, 0, clock=time.clock)
        await asyncio.gather(*(run(limiter, owner) for owner in "aaaaabac"))

    asyncio.run(go())
    assert "".join(begun) == "abcaaaaa"
    assert reasons[0] == "Waiting: this connection works on one run at a time."


def test_who_gives_up_lets_the_next_one_go() -> None:
    """A run that is cancelled while it waits, or just when it got its slot, holds up nobody."""

    async def go() -> list[str]:
        limiter, gate, begun = RateLimiter(1, 0), asyncio.Event(), []

        async def run(name: str) -> None:
            async with limiter.slot(1, lambda reason: None, name):
                begun.append(name)
                await gate.wait()

        tasks = [asyncio.create_task(run(name)) for name in "abcd"]
        await asyncio.sleep(0)
        tasks[2].cancel()
        gate.set()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 60)
        return begun

    assert asyncio.run(go()) == ["a", "b", "d"]
