"""Prompts that make the engine fail: each does what the documentation says."""

from __future__ import annotations

import asyncio

import pytest

from components.engine.api.errors import RequestError
from components.engine.api.faults import SLOW, SLOW_MEANING, TRIGGERS, FaultInjector, Trigger
from tests.setup.environment import ROOT

DOCS = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.mark)
def test_each_mark_is_documented_and_plays(trigger: Trigger) -> None:
    """A mark is in docs/engine.md with its meaning, and a prompt that holds it gets what the table says."""
    assert f"| `[{trigger.mark}]` | {trigger.meaning} |" in DOCS
    injector = FaultInjector()
    prompt = f"a cat [{trigger.mark}] on a mat"
    if trigger.refuse is not None:
        with pytest.raises(RequestError):
            asyncio.run(injector.play(prompt))
    else:
        # Without an answer of its own the mark works later, while images are made.
        assert (asyncio.run(injector.play(prompt, streams=True)) is None) == (trigger.answer is None)
    if trigger.once:
        assert asyncio.run(injector.play(prompt)) is None, "the same prompt passes the second time"


def test_the_table_is_fresh() -> None:
    """docs/engine.md holds the table as the engine knows it now."""
    rows = [(trigger.mark, trigger.meaning) for trigger in TRIGGERS] + [(SLOW, SLOW_MEANING)]
    table = "".join(f"| `[{mark}]` | {what} |\n" for mark, what in rows)
    assert "| in the prompt | what happens |\n|---|---|\n" + table in DOCS


def test_an_ordinary_prompt_passes() -> None:
    """Brackets with other words in them mean nothing."""
    assert asyncio.run(FaultInjector().play("a sign that says [closed]")) is None
