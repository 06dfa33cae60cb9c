"""How many requests an app server passes on at a time, for one person and for all."""

from __future__ import annotations

import asyncio

import pytest

from components.ui.process.relay import slots
from components.ui.process.relay.slots import RelaySlots


def test_one_person_does_not_take_all_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of their requests are passed on, as many wait as may, and others still get a slot."""
    for name, value in {"AT_ONCE_EACH": 2, "AT_ONCE": 3, "MOST_EACH": 4, "MOST": 6}.items():
        monkeypatch.setattr(slots, name, value)

    async def go() -> None:
        taken, let, now = RelaySlots(), asyncio.Event(), list[str]()

        async def ask(whose: str) -> None:
            async with taken.slot(whose):
                now.append(whose)
                await let.wait()

        async def begin(*people: str) -> list[asyncio.Task[None]]:
            tasks = [asyncio.create_task(ask(whose)) for whose in people]
            await asyncio.wait(tasks, timeout=0.05)
            return tasks

        tasks = await begin("a", "a", "a", "a")
        assert now == ["a", "a"]
        assert taken.is_full("a")
        assert not taken.is_full("b")
        tasks += await begin("b", "b")
        assert now == ["a", "a", "b"]
        assert taken.is_full("c")
        let.set()
        await asyncio.gather(*tasks)
        assert sorted(now) == ["a", "a", "a", "a", "b", "b"]
        assert not taken.is_full("a")
        assert not taken._count
        assert not taken._each

    asyncio.run(go())
