"""The ballot: two images of a sheet without their names, and a choice by key or button.

The browser has the next pairs already and shows them at once. What it has not had confirmed it sends again and again as
one list, so that no vote is lost between two quick ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import streamlit as st

from components.library.records import StoredSheet
from components.library.sheets.votes import Contender, StoredVote, Vote, add_votes, contenders, has_ended
from components.ranking import Comparison, Pair, choose_pairs, is_swapped, pair_of
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, peek
from components.ui.base.error_boundary import guarded
from components.ui.base.run_json import original_address
from components.ui.process.workbench import workbench
from components.ui.session.acts import Act, handle_together
from components.ui.session.state import page_state
from components.ui.sheets.vote.results import RESULTS

MOST_CONTENDERS = 200
AHEAD = 6  # pairs that the browser has in advance
MOST_AT_ONCE = 500  # votes in one message

_BALLOT = st.components.v2.component(
    "image_workbench_ballot",
    html='<div class="ballot"></div>',
    css=asset("sheets/vote/ballot.css"),
    js=asset(
        "base/browser/common.js",
        "base/browser/mounting.js",
        "base/browser/pending_acts.js",
        "base/browser/image_keys.js",
        "sheets/vote/ballot.js",
    ),
)


@dataclass
class BallotState:
    """The number of the browser's last vote that is stored."""

    handled: int = 0


@dataclass(frozen=True)
class Ballot:
    """A person's next pairs of a sheet, the left image first; how many they voted on, and how many there are in all."""

    pairs: Sequence[tuple[Contender, Contender]]
    done: int
    total: int


def make_ballot(sheet_id: str, people: Sequence[str], votes: Sequence[StoredVote]) -> Ballot:
    """Choose the next pairs of the person who votes under the names `people`. Raise LibraryUnavailable."""
    found = contenders(workbench().library, sheet_id, MOST_CONTENDERS)
    by_id = {one.output_id: one for one in found}
    comparisons = [
        Comparison(vote.left, vote.right, RESULTS.get(vote.choice, 0.5))
        for vote in votes
        if vote.left in by_id and vote.right in by_id
    ]
    mine = {pair_of(vote.left, vote.right) for vote in votes if vote.person in people}
    same = _same_images(found)
    pairs = choose_pairs(list(by_id), comparisons, mine | same, AHEAD, seed=people[0])
    sides = [pair[::-1] if is_swapped(pair, people[0]) else pair for pair in pairs]
    total = len(found) * (len(found) - 1) // 2 - len(same)
    return Ballot([(by_id[left], by_id[right]) for left, right in sides], len(mine - same), total)


def has_finished(sheet_id: str, people: Sequence[str], votes: Sequence[StoredVote]) -> bool:
    """Return whether the person with these names has ended, or has no pair left. Raise LibraryUnavailable."""
    if not people:
        return False
    return has_ended(workbench().library, sheet_id, people) or not make_ballot(sheet_id, people, votes).pairs


def _same_images(found: Sequence[Contender]) -> set[Pair]:
    """Return the pairs whose images are the same to the byte; a vote on them would tell nothing."""
    groups: dict[str, list[str]] = {}
    for one in found:
        groups.setdefault(one.sha256, []).append(one.output_id)
    return {pair_of(*pair) for group in groups.values() for pair in combinations(group, 2)}


def handle_votes(sheet_id: str, person: str) -> None:
    """Store the votes that the browser has sent and that are not stored yet."""
    guarded(_take)(sheet_id, person, page_state(BallotState, sheet_id), (peek(_key(sheet_id)) or {}).get("votes"))


def draw_ballot(sheet: StoredSheet, ballot: Ballot, person: str) -> None:
    """Draw the pair to vote on."""
    key, state = _key(sheet.id), page_state(BallotState, sheet.id)

    def voted() -> None:
        defer(guarded(_take), sheet.id, person, state, peek(key).get("votes"))

    _BALLOT(
        key=key,
        data={
            "pairs": [[_image(left), _image(right)] for left, right in ballot.pairs],
            "done": ballot.done,
            "total": ballot.total,
            "handled": state.handled,
            "link": f"?sheet={sheet.id}",
        },
        on_votes_change=voted,
    )


def _key(sheet_id: str) -> str:
    return f"vote.ballot.{sheet_id}"


def _image(one: Contender) -> dict[str, str]:
    return {"id": one.output_id, "src": original_address(one.sha256, one.format)}


def _take(sheet_id: str, person: str, state: BallotState, sent: Sequence[Act] | None) -> None:
    def store(acts: Sequence[Act]) -> None:
        votes = [Vote(str(act["output"]), str(act["value"]), str(act["name"])) for act in acts]
        add_votes(workbench().library, sheet_id, person, votes)

    handle_together(state, sent, store, MOST_AT_ONCE)
