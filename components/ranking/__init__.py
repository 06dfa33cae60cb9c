"""Ranking by pairwise comparisons: strengths with their uncertainty, position bias, and the pairs that tell most."""

from components.ranking.bradley_terry import Comparison, Ranking, Standing, rank
from components.ranking.pairs import Pair, choose_pairs, is_swapped, pair_of
from components.ranking.position_bias import PositionBias, position_bias

__all__ = [
    "Comparison",
    "Pair",
    "PositionBias",
    "Ranking",
    "Standing",
    "choose_pairs",
    "is_swapped",
    "pair_of",
    "position_bias",
    "rank",
]
