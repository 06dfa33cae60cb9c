"""Ratios that benches measure, kept with the test's report and printed at the end of the run (see conftest)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

PROPERTY = "ratio"

Record = Callable[[str, object], None]


@dataclass(frozen=True)
class Ratio:
    """Something measured against something else in the same run. ``aim`` is the most it should be; none fails."""

    what: str
    ours: float
    theirs: float
    unit: str
    aim: float | None = None

    @property
    def value(self) -> float:
        return self.ours / self.theirs if self.theirs else float("inf")

    def line(self) -> str:
        aim = "" if self.aim is None else f", aim {self.aim:g}{'' if self.value <= self.aim else ' MISSED'}"
        return f"{self.value:6.2f}  {self.what}: {self.ours:.4g} against {self.theirs:.4g} {self.unit}{aim}"


def record(record_property: Record, *ratios: Ratio) -> None:
    """Keeps the ratios with the running test; ``record_property`` is pytest's fixture. Works under xdist too."""
    for ratio in ratios:
        record_property(PROPERTY, ratio.line())


def lines(properties: Iterable[tuple[str, object]]) -> list[str]:
    """The ratios among a report's properties."""
    return [str(value) for name, value in properties if name == PROPERTY]
