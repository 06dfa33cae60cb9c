"""Votes: each pair once a person, whoever clicks how often at once, and none left behind by a deleted image."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

from sqlalchemy import func, select

from components.library import Library, check_library
from components.library.annotations import rate, reject, star
from components.library.db.schema import votes
from components.library.sheets.votes import Vote, add_votes, contenders, end_voting, has_ended, has_votes, votes_of
from components.library.trash import empty_trash, move_to_trash
from components.parameters.sheets import SheetTemplate
from tests.unit.library.sheet_fixtures import filled_sheet


def test_a_pair_counts_once_a_person_on_whichever_side(library: Library) -> None:
    """A double click, and the same pair the other way around, add nothing; another person's vote does."""
    sheet_id, (a, b, *_) = filled_sheet(library)
    assert not has_votes(library, sheet_id)
    assert add_votes(library, sheet_id, "anna", [Vote(a, b, "left"), Vote(a, b, "left"), Vote(b, a, "left")]) == 1
    assert add_votes(library, sheet_id, "ben", [Vote(b, a, "tie")]) == 1
    stored = [(one.person, one.left, one.right, one.choice) for one in votes_of(library, sheet_id)]
    assert stored == [("anna", a, b, "left"), ("ben", b, a, "tie")]
    assert has_votes(library, sheet_id)


def test_what_is_no_vote_is_left_out(library: Library) -> None:
    """Unknown choices, an image against itself, and images of other sheets or of none are not stored."""
    sheet_id, (a, b, *_) = filled_sheet(library)
    _, (other, *_) = filled_sheet(library, first_seed=20)
    wrong = [Vote(a, b, "best"), Vote(a, a, "left"), Vote(a, other, "left"), Vote(a, "x' OR 1=1", "left")]
    assert add_votes(library, sheet_id, "anna", wrong) == 0
    assert add_votes(library, "no-sheet", "anna", [Vote(a, b, "left")]) == 0
    assert votes_of(library, sheet_id) == []


def test_who_has_ended_votes_no_more(library: Library) -> None:
    """The end holds for that person alone, and comes a second time without trouble."""
    sheet_id, (a, b, *_) = filled_sheet(library)
    end_voting(library, sheet_id, "anna")
    end_voting(library, sheet_id, "anna")
    assert has_ended(library, sheet_id, ["browser 1", "anna"])
    assert not has_ended(library, sheet_id, ["ben"])
    assert add_votes(library, sheet_id, "anna", [Vote(a, b, "left")]) == 0
    assert add_votes(library, sheet_id, "ben", [Vote(a, b, "left")]) == 1


def test_twenty_people_at_once_lose_nothing(library: Library) -> None:
    """Twenty people vote on all 15 pairs at once, one vote at a time and each of them twice: 300 votes stand."""
    sheet_id, images = filled_sheet(library)
    pairs = list(combinations(images, 2))

    def vote(person: int) -> int:
        return sum(add_votes(library, sheet_id, f"p{person}", [Vote(*pair, "left")]) for pair in pairs for _ in "ab")

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(vote, range(20))) == [15] * 20
    stored = votes_of(library, sheet_id)
    assert len(stored) == len({(one.person, one.left, one.right) for one in stored}) == 300


def test_a_deleted_image_takes_its_votes_along(library: Library) -> None:
    """In the trash it is not voted on; deleted for good, its votes are gone and the self-check is clean."""
    sheet_id, images = filled_sheet(library)
    a, b, c, *_ = images
    add_votes(library, sheet_id, "anna", [Vote(a, b, "left"), Vote(b, c, "left")])
    move_to_trash(library, [a])
    assert [one.output_id for one in contenders(library, sheet_id, 100)] == images[1:]
    empty_trash(library)
    with library.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(votes)).scalar() == 1
    assert check_library(library).is_clean
    assert add_votes(library, sheet_id, "ben", [Vote(a, b, "left")]) == 0


def test_of_many_images_a_bounded_number_is_voted_on(library: Library) -> None:
    """Starred and rated images stay, rejected ones go first, and the rest is an even sample."""
    template = SheetTemplate("generate", "gpt-image-2", {"prompt": "{1..12} foxes"}, {})
    sheet_id, images = filled_sheet(library, template)
    star(library, [images[7]])
    rate(library, [images[9]], 4)
    reject(library, [images[0]])
    found = [one.output_id for one in contenders(library, sheet_id, 5)]
    assert len(set(found)) == 5
    assert {images[7], images[9]} <= set(found)
    assert images[0] not in found
    assert len(contenders(library, sheet_id, 100)) == 12
