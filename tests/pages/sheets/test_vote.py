"""The page to vote: blind until the end, for each person, and the ranking that is shown after it."""

from __future__ import annotations

import json
import re
from itertools import combinations

from starlette.requests import HTTPConnection
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.library.sheets.sheet_store import change_sheet
from components.library.sheets.votes import Vote, add_votes, end_voting, has_ended, model_vote_runs, votes_of
from components.ui.process.workbench import Workbench
from components.ui.session.connections import ConnectionsState
from components.ui.sheets.vote.ballot import make_ballot
from components.ui.sheets.vote.voter import voter_of
from tests.browser.vision_server import asked, models, response_object
from tests.pages.states import state_of
from tests.support.await_run import wait_for_ends
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.wire.loopback import Loopback, json_answer

HOSTILE = "<img src=x onerror=alert(1)> **bold**"


def opened(app: AppTest, sheet_id: str, name: str = "anna", **query: str) -> AppTest:
    """The page of a sheet's vote, as a person with a name sees it."""
    app.run()
    app.switch_page("../../pages/vote.py")
    app.query_params["sheet"] = sheet_id
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    app.text_input(key="vote.owner.name").set_value(name).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    """What the page says, its HTML included, without style sheets."""
    texts = [str(one.value) for one in (*app.markdown, *app.caption, *app.subheader)]
    html = " ".join([*texts, *(one.proto.body for one in app.get("html"))])
    return re.sub("<style>.*?</style>", "", html, flags=re.DOTALL)


def test_the_others_votes_are_seen_only_after_the_end(app: AppTest, workbench: Workbench) -> None:
    """Before it neither name, values nor scores are on the page; a link to the ranking asks first."""
    sheet_id, (a, b, c, *_) = filled_sheet(workbench.library, name="Secret foxes")
    add_votes(workbench.library, sheet_id, "ben", [Vote(a, b, "left"), Vote(a, c, "left")])
    opened(app, sheet_id, ranking="1")
    assert "cannot vote here after it" in shown(app)
    for word in ("Secret", "red", "Quality", "ben", "won"):
        assert word not in shown(app)
    app.button(key="vote.end").click().run()
    assert has_ended(workbench.library, sheet_id, ["anna"])
    assert "Ranking: Secret foxes" in shown(app)
    assert "2 votes by 1 person (ben): 0 ties, 0 both bad." in shown(app)
    assert add_votes(workbench.library, sheet_id, "anna", [Vote(a, b, "right")]) == 0


def test_the_ranking_names_cells_values_and_prices(app: AppTest, workbench: Workbench) -> None:
    """Tables by cell, color and quality; what others named is text, not HTML."""
    sheet_id, images = filled_sheet(workbench.library)
    change_sheet(workbench.library, sheet_id, name=HOSTILE)
    votes = [Vote(one, other, "left") for one, other in combinations(images, 2)]
    add_votes(workbench.library, sheet_id, HOSTILE, votes)
    end_voting(workbench.library, sheet_id, "anna")
    page = shown(opened(app, sheet_id))
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert page.count("<table>") == 3
    for text in ("red, low", "$0.010", "$0.015", "100% of 15 decided votes chose the left image", "beyond chance"):
        assert text in page


def test_all_pairs_voted_on_is_an_end_too(app: AppTest, workbench: Workbench) -> None:
    """With the last pair the ranking comes by itself."""
    sheet_id, images = filled_sheet(workbench.library)
    pairs = list(combinations(images, 2))
    add_votes(workbench.library, sheet_id, "anna", [Vote(*pair, "tie") for pair in pairs[1:]])
    assert "Which image is better?" in shown(opened(app, sheet_id))
    add_votes(workbench.library, sheet_id, "anna", [Vote(*pairs[0], "tie")])
    app.run()
    assert "Ranking: Foxes" in shown(app)
    assert "Too few votes to tell" in shown(app)


def test_a_ballot_is_one_persons(workbench: Workbench) -> None:
    """Each gets the pairs that they have not voted on, under their name or their browser, with both sides used."""
    sheet_id, images = filled_sheet(workbench.library)
    pairs = list(combinations(images, 2))
    add_votes(workbench.library, sheet_id, "browser 1", [Vote(*pair, "left") for pair in pairs[:10]])
    add_votes(workbench.library, sheet_id, "anna", [Vote(*pair, "left") for pair in pairs[10:14]])
    votes = votes_of(workbench.library, sheet_id)
    ballot = make_ballot(sheet_id, ("anna", "browser 1"), votes)
    assert (ballot.done, ballot.total) == (14, 15)
    assert [{one.output_id for one in pair} for pair in ballot.pairs] == [set(pairs[14])]
    lefts = {make_ballot(sheet_id, (f"p{number}",), []).pairs[0][0].output_id for number in range(8)}
    assert len(lefts) > 2


def test_who_has_no_name_is_their_browser(workbench: Workbench) -> None:
    """Two browsers are two people, whose cookies do not reach the library; a name stands before that."""

    def asking(cookies: str) -> HTTPConnection:
        return HTTPConnection({"type": "http", "headers": [(b"cookie", cookies.encode())]})

    one, other = (f"image_workbench_browser={letter * 32}" for letter in "ab")
    assert voter_of(asking(one)) != voter_of(asking(other))
    assert "a" * 32 not in voter_of(asking(one))[0]
    assert voter_of(asking(f"{one}; image_workbench_owner=Anna%20B")) == ("Anna B", *voter_of(asking(one)))
    assert voter_of(asking("")) == ()


def test_a_sheet_that_is_not_there(app: AppTest, workbench: Workbench) -> None:
    """The page says so in a sentence."""
    app.run()
    app.switch_page("../../pages/vote.py").run()
    assert "is not in the library" in shown(app)


def test_a_models_votes_are_asked_and_counted_apart(app: AppTest, workbench: Workbench) -> None:
    """The price comes first; each pair is asked in both orders; a ranking counts people, models, or both."""
    sheet_id, (a, b, *_) = filled_sheet(workbench.library)
    add_votes(workbench.library, sheet_id, "anna", [Vote(a, b, "left")])
    end_voting(workbench.library, sheet_id, "anna")
    with Loopback() as remote:
        remote.answer(models, path="/v1/models")
        remote.answer(json_answer(response_object(json.dumps({"better": "first", "reason": ""}))), path="/v1/responses")
        opened(app, sheet_id)
        app.session_state["vote.model"] = True
        app.run()
        assert "built-in engine judges no image" in shown(app)
        state_of(app, ConnectionsState).own = [Connection("own:eye", "Eye", remote.base_url, api_key="sk-test-eye")]
        app.run()
        assert "15 pairs, each in both orders" in shown(app)
        assert asked(remote) == []
        app.button(key="vote.model.ask").click().run()
        wait_for_ends(workbench.runner, *(run.id for run in model_vote_runs(workbench.library, sheet_id)))
        assert len(asked(remote)) == 30
    app.run()
    assert "1 vote by 1 person (anna)" in shown(app)
    app.button_group(key="vote.whose").set_value("Models").run()
    assert "15 votes by 1 model (gpt-6.1-terra): 15 ties" in shown(app)
