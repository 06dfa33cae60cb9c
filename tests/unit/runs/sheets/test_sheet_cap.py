"""A sheet's cap: where it stops the sheet, what counts, and what may come meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from components.client.events import Completed
from components.library.queries.sheet_cells import cells_of
from components.library.records import SheetCell
from components.library.sheets.sheet_store import change_sheet, find_sheet
from components.parameters import Request, estimate, resolve
from components.parameters.sheets import make_plan
from components.runs import SheetRunner
from components.runs.sheets import sheet_cap
from components.runs.sheets.feed import Feed
from tests.unit.runs.fake_client import DONE, SECONDS, SERVER, Gate, RunnerHarness, arrives, png
from tests.unit.runs.sheets.test_sheet_run import SENT, TEMPLATE, WORKS, send, stored


def test_a_cap_stops_in_the_middle_and_what_is_left_waits(harness: Callable[..., RunnerHarness]) -> None:
    """Not a cent over the cap; the cells that were not sent are whole, and are sent when the cap allows."""
    app = harness([*SENT, arrives(0, png(1)), Completed("req_1", None, {"created": 1})])
    prices = [estimate(request).high or Decimal(0) for request in make_plan(TEMPLATE).requests]
    cap = prices[0] + prices[1] + prices[2]
    sheet_id = stored(app.library, cap=cap)
    cells = send(app, sheet_id)
    assert [cell.state for cell in cells] == ["done"] * 3 + ["waiting"] * 3
    assert sum(cell.spent for cell in cells) == cap
    sheet = find_sheet(app.library, sheet_id)
    assert sheet is not None
    assert sheet.stopped == "cap"


def test_a_cap_is_checked_without_reading_the_other_cells(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is checked before each cell, so reading all of them there would be quadratic."""
    app, read = harness(WORKS), []

    def counted(*given: Any) -> list[SheetCell]:
        found = cells_of(*given)
        read.append(len(found))
        return found

    monkeypatch.setattr(sheet_cap, "cells_of", counted)
    send(app, stored(app.library, cap=Decimal(100)))
    assert read == [1] * 6


def test_what_is_sent_while_a_cap_stops_the_others_is_sent(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever raises the cap and sends more finds cells sent and no stop, at whatever moment of the end it was."""
    for moment in ("_is_within_cap", "_feed"):
        app = harness(WORKS)
        sheet_id = stored(app.library, cap=Decimal(0))
        sheets = SheetRunner(app.library, app.runner)
        real = getattr(sheets, moment)

        def send_more(*given: Any, real=real, sheets=sheets, sheet_id=sheet_id, app=app) -> Any:
            found = real(*given)
            if found in (False, "cap"):
                change_sheet(app.library, sheet_id, cap=Decimal(100))
                sheets.start(sheet_id, SERVER, [1, 2])
            return found

        monkeypatch.setattr(sheets, moment, send_more)
        sheets.start(sheet_id, SERVER, [0])
        for _ in range(2):  # the second thread is started by the first
            sheets.join(SECONDS)
        states = [cell.state for cell in cells_of(app.library, sheet_id)]
        assert states[1:] == ["done", "done", "waiting", "waiting", "waiting"], moment
        sheet = find_sheet(app.library, sheet_id)
        assert sheet is not None
        assert sheet.stopped == "", moment


def test_cancelling_at_the_cap_stays_cancelled(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed that waits whether the next cell fits does not note the cap: other servers would go on."""
    gate, waits = Gate(), threading.Event()
    app = harness([*SENT, gate, arrives(0, png(1)), DONE])
    price = estimate(make_plan(TEMPLATE).requests[0]).high
    sheet_id = stored(app.library, cap=price)
    sheets = SheetRunner(app.library, app.runner)
    await_one = sheets._await_one

    def waiting(feed: Feed) -> None:
        waits.set()
        await_one(feed)

    monkeypatch.setattr(sheets, "_await_one", waiting)
    sheets.start(sheet_id, SERVER, [0, 1])
    assert gate.reached.wait(SECONDS)
    assert waits.wait(SECONDS)
    sheets.cancel(sheet_id, "ben")
    gate.open()
    sheets.join(SECONDS)
    sheet = find_sheet(app.library, sheet_id)
    assert sheet is not None
    assert sheet.stopped == "cancelled"


def test_a_cap_counts_the_checks_that_models_answered(harness: Callable[..., RunnerHarness]) -> None:
    """A cap of three cells holds two after a check that cost more than what was left."""
    app = harness([*SENT, arrives(0, png(1)), Completed("req_1", None, {"created": 1})])
    prices = [estimate(request).high or Decimal(0) for request in make_plan(TEMPLATE).requests]
    sheet_id = stored(app.library, cap=prices[0] + prices[1] + prices[2])
    question = resolve("analyze", "gpt-6.1-terra", {"text": "Is it red?", "input_type": "none"})
    assert isinstance(question, Request), question
    named = {"connection_id": SERVER.id, "connection_name": SERVER.name}
    app.library.begin_run("asked", question, **named, extra={"check": sheet_id})
    app.library.update_run("asked", state="done", cost=Decimal("0.0001"))
    cells = send(app, sheet_id)
    assert [cell.state for cell in cells] == ["done"] * 2 + ["waiting"] * 4
