"""The gallery's selection, split into images, answers, and runs without a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.library.answers import answered_by

# Prefix of a tile's id that names a run without a result.
RUN_PREFIX = "run:"


@dataclass(frozen=True)
class Selection:
    """Ids of images, answers and runs without a result, each in the order of selection."""

    images: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the ids that can be starred, tagged and collected."""
        return self.images + self.answers

    @property
    def runs_without_image(self) -> list[str]:
        """Return the ids of the runs that made an answer or nothing."""
        return [*(one for output in self.answers if (one := answered_by(output))), *self.runs]

    @property
    def summary(self) -> str:
        """Return the counts for a sentence; "" when empty."""
        return count_text(len(self.images), len(self.answers), len(self.runs))


def split_selection(ids: Sequence[str]) -> Selection:
    """Split the ids of tiles by what they name."""
    runs = tuple(one.removeprefix(RUN_PREFIX) for one in ids if one.startswith(RUN_PREFIX))
    outputs = [one for one in ids if not one.startswith(RUN_PREFIX)]
    return Selection(
        tuple(one for one in outputs if answered_by(one) is None),
        tuple(one for one in outputs if answered_by(one) is not None),
        runs,
    )


def count_text(images: int, answers: int = 0, runs: int = 0) -> str:
    """Return the counts in words, such as "2 images and 1 answer"; "" for none."""
    nouns = (
        (images, "image", "images"),
        (answers, "answer", "answers"),
        (runs, "run without a result", "runs without a result"),
    )
    parts = [f"{count:,} {singular if count == 1 else plural}" for count, singular, plural in nouns if count]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def run_shown_by(tile: str) -> str | None:
    """Return the run whose page a tile opens; None for an image, which has its own page."""
    return tile.removeprefix(RUN_PREFIX) if tile.startswith(RUN_PREFIX) else answered_by(tile)
