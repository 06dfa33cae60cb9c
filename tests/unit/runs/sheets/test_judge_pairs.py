"""A model's votes: asked in both orders, once, within the sheet's cap."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from components.checks.pairs import FIRST, SECOND, TIE, both_orders, circle_pairs, read_better
from components.client.errors import ApiError, Money
from components.client.events import Completed, TextDone
from components.library import Library
from components.library.records import StoredSheet
from components.library.sheets.sheet_store import change_sheet, find_sheet
from components.library.sheets.votes import MODEL, model_vote_runs, votes_of
from components.runs.sheets.judge_pairs import Judging, collect_votes, pair_questions, start_judging
from tests.support.await_run import wait_for_ends
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.unit.runs.fake_client import SERVER, RunnerHarness, Step

MODEL_NAME = "gpt-6.1-terra"
REFUSED = ApiError("No.", money=Money.NOTHING_SPENT, next_step="Wait.")


def answer(better: str) -> list[Step]:
    """Return the steps of an answer."""
    text = json.dumps({"better": better, "reason": "sharper"})
    return [TextDone(text), Completed("req_1", {"input_tokens": 1000, "output_tokens": 20}, {})]


def sheet_of(library: Library) -> StoredSheet:
    """Return a stored sheet of six images."""
    sheet = find_sheet(library, filled_sheet(library)[0])
    assert sheet is not None
    return sheet


def judged(app: RunnerHarness, sheet: StoredSheet) -> Judging:
    """Ask, wait for all answers, and collect."""
    assert start_judging(app.library, app.runner, sheet, SERVER, MODEL_NAME, "anna") == ""
    wait_for_ends(app.runner, *(run.id for run in model_vote_runs(app.library, sheet.id)))
    return collect_votes(app.library, app.runner, sheet.id)


def test_a_split_is_a_tie() -> None:
    """Only an answer that holds in both orders counts for an image."""
    assert both_orders(FIRST, SECOND) == FIRST
    assert both_orders(SECOND, FIRST) == SECOND
    for one, other in ((FIRST, FIRST), (SECOND, SECOND), (TIE, FIRST), (FIRST, TIE), (TIE, TIE)):
        assert both_orders(one, other) == TIE


@pytest.mark.parametrize("text", ["", "[" * 9999, "[]", '{"better": "best"}', '{"better": ["first"]}', "{}"])
def test_another_form_is_no_answer(text: str) -> None:
    """Nothing raises."""
    assert read_better(text) is None


def test_pairs_connect_all_images_and_are_there_once() -> None:
    """Three for each of many images; all pairs of a few."""
    ids = [str(one) for one in range(20)]
    pairs = circle_pairs(ids)
    assert len(pairs) == len({frozenset(pair) for pair in pairs}) == 60
    assert len(circle_pairs(ids[:3])) == 3
    assert circle_pairs(ids[:1]) == []


def test_a_model_that_prefers_the_first_has_only_ties(harness: Callable[..., RunnerHarness]) -> None:
    """Its preference for a side cancels out; each pair is one vote, and a second press asks nothing."""
    app = harness(answer(FIRST))
    sheet = sheet_of(app.library)
    found = judged(app, sheet)
    assert (found.under_way, found.failed) == ((), 0)
    votes = votes_of(app.library, sheet.id)
    assert [vote.choice for vote in votes] == ["tie"] * 15  # all pairs of six images
    assert {vote.person for vote in votes} == {f"{MODEL}{MODEL_NAME}"}
    assert len(app.client.requests) == 30
    assert judged(app, sheet) == found
    assert len(app.client.requests) == 30


def test_an_image_that_wins_in_both_orders_has_the_vote(harness: Callable[..., RunnerHarness]) -> None:
    """Whichever side it is on."""
    app = harness(answer(FIRST), runs_at_once=1)  # the scripts meet the questions in their order
    sheet = sheet_of(app.library)
    orders = [order for _, order, _ in pair_questions(app.library, sheet, MODEL_NAME).requests]
    best = orders[0][0]
    app.client.scripts = [
        answer(FIRST if order[0] == best else SECOND if order[1] == best else TIE) for order in orders
    ] + [answer(TIE)]
    judged(app, sheet)
    winners = {
        (vote.left if vote.choice == "left" else vote.right)
        for vote in votes_of(app.library, sheet.id)
        if best in (vote.left, vote.right)
    }
    assert winners == {best}
    assert sum(vote.choice == "tie" for vote in votes_of(app.library, sheet.id)) == 10


def test_a_failure_is_asked_again_by_the_next_press(harness: Callable[..., RunnerHarness]) -> None:
    """Without its answer there is no vote; the other pairs have theirs."""
    app = harness([REFUSED], answer(TIE))
    sheet = sheet_of(app.library)
    found = judged(app, sheet)
    assert found.failed == 1
    assert len(votes_of(app.library, sheet.id)) == 14
    assert judged(app, sheet).failed == 0
    assert len(votes_of(app.library, sheet.id)) == 15
    assert len(app.client.requests) == 31


def test_a_limit_is_kept(harness: Callable[..., RunnerHarness]) -> None:
    """The price of all is compared with what the sheet may still spend; an unknown price is not asked."""
    app = harness(answer(TIE))
    sheet = sheet_of(app.library)
    change_sheet(app.library, sheet.id, cap=Decimal("0.2"))
    limited = find_sheet(app.library, sheet.id)
    assert limited is not None
    assert "cap" in start_judging(app.library, app.runner, limited, SERVER, MODEL_NAME)
    assert "unknown" in start_judging(app.library, app.runner, limited, SERVER, "somebodys-model")
    assert app.client.requests == []
