"""What the votes on a sheet say: its cells and the values of its axes ranked, and whether sides mattered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from components.library.records import SheetCell, StoredSheet
from components.library.sheets.votes import MODEL, StoredVote
from components.ranking import Comparison, PositionBias, Ranking, position_bias, rank
from components.ui.sheets.vote.voter import NAMELESS

MOST_RANKED = 400  # cells; the time of a ranking grows with their cube, 1 s here

RESULTS = {"left": 1.0, "right": 0.0}


@dataclass(frozen=True)
class SheetRanking:
    """Rankings of a sheet. `cells` ranks positions, `axes` the places of the values of one axis each, all as text.

    `people` and `models` are the names of those that voted, `nameless` counts people without one. `former` counts
    votes on images that are no longer in the sheet; they are left out.
    """

    cells: Ranking
    axes: tuple[tuple[int, Ranking], ...]
    bias: PositionBias
    choices: Counter[str]
    people: tuple[str, ...]
    models: tuple[str, ...]
    nameless: int
    former: int

    @property
    def votes(self) -> int:
        """Return how many votes count."""
        return self.choices.total()


def rank_sheet(sheet: StoredSheet, cells: Sequence[SheetCell], votes: Sequence[StoredVote]) -> SheetRanking:
    """Rank the cells whose images were voted on, at most MOST_RANKED of them, and the values of each axis."""
    cell_of = {cell.cover.id: cell for cell in cells if cell.cover is not None}
    shown = [vote for vote in votes if vote.left in cell_of and vote.right in cell_of]
    times = Counter(output for vote in shown for output in (vote.left, vote.right))
    ranked = {output for output, _ in times.most_common(MOST_RANKED)}
    counted = [vote for vote in shown if vote.left in ranked and vote.right in ranked]
    duels = [(vote, cell_of[vote.left], cell_of[vote.right]) for vote in counted]

    def comparisons(axis: int | None = None) -> list[Comparison]:
        return [
            Comparison(
                str(left.position if axis is None else left.places[axis]),
                str(right.position if axis is None else right.places[axis]),
                RESULTS.get(vote.choice, 0.5),
                both_bad=vote.choice == "bad",
            )
            for vote, left, right in duels
        ]

    people = {vote.person for vote in counted}
    models = sorted(one.removeprefix(MODEL) for one in people if one.startswith(MODEL))
    named = sorted(one for one in people if not one.startswith((NAMELESS, MODEL)))
    axes = [(place, rank(comparisons(place))) for place, axis in enumerate(sheet.axes) if len(axis["values"]) > 1]
    return SheetRanking(
        cells=rank(comparisons()),
        axes=tuple((place, ranking) for place, ranking in axes if ranking.standings),
        bias=position_bias([vote.choice for vote in counted]),
        choices=Counter(vote.choice for vote in counted),
        people=tuple(named),
        models=tuple(models),
        nameless=len(people) - len(named) - len(models),
        former=len(votes) - len(shown),
    )
