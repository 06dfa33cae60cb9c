"""What is selected in the gallery, told apart: pictures, answers, and runs that made neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.library.answers import answered_by

# What stands before the id of a run that made nothing.
RUN = "run:"


@dataclass(frozen=True)
class Selection:
    """Ids of pictures, of answers and of runs without either, each in the order of the selection."""

    pictures: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """What can be starred, tagged and collected."""
        return self.pictures + self.answers

    @property
    def without_picture(self) -> list[str]:
        """The ids of the runs that made an answer or nothing."""
        return [*(one for output in self.answers if (one := answered_by(output))), *self.runs]

    @property
    def words(self) -> str:
        """How many there are of each, for a sentence; "" for nothing."""
        return counted(len(self.pictures), len(self.answers), len(self.runs))


def apart(ids: Sequence[str]) -> Selection:
    """The ids of tiles, told apart."""
    runs = tuple(one.removeprefix(RUN) for one in ids if one.startswith(RUN))
    outputs = [one for one in ids if not one.startswith(RUN)]
    return Selection(
        tuple(one for one in outputs if answered_by(one) is None),
        tuple(one for one in outputs if answered_by(one) is not None),
        runs,
    )


def counted(pictures: int, answers: int = 0, runs: int = 0) -> str:
    """So many pictures, answers, and runs without either, in words; "" for none."""
    named = ((pictures, "picture"), (answers, "answer"), (runs, "run without a result"))
    several = {"run without a result": "runs without a result"}
    parts = [f"{count:,} {one if count == 1 else several.get(one, f'{one}s')}" for count, one in named if count]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def run_shown_by(tile: str) -> str | None:
    """The run whose page a tile opens; None for a picture, which has a page of its own."""
    return tile.removeprefix(RUN) if tile.startswith(RUN) else answered_by(tile)
