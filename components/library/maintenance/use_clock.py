"""Measure age in time of use, so that a wrong clock never makes files expire.

While a process has the library open, it records the time repeatedly. A long gap between two records means that the app
was not running or the clock was wrong; such a gap counts only in part.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HOUR = 3600.0
DAY = 24 * HOUR

# Records further apart than this, in seconds, leave a gap.
LONGEST_STEP = HOUR

# The newest gaps are remembered.
MOST_GAPS = 200


@dataclass(frozen=True)
class Gap:
    """From `start` to `end`, both in unix seconds, no process had the library open, or the clock was moved."""

    start: float
    end: float


@dataclass(frozen=True)
class Use:
    """The last recorded use of the library (unix seconds), and the gaps before it."""

    seen: float
    gaps: tuple[Gap, ...] = ()

    def at(self, now: float) -> Use:
        """Return this with a use at `now` added."""
        if now - self.seen > LONGEST_STEP:
            return Use(now, (*self.gaps, Gap(self.seen, now))[-MOST_GAPS:])
        if self.seen - now > LONGEST_STEP:
            # The clock was set back: records of the future are meaningless.
            return Use(now, tuple(gap for gap in self.gaps if gap.end <= now))
        return Use(max(now, self.seen), self.gaps)

    def before(self, seconds: float, *, gap_counts: float) -> float:
        """Return the time (unix seconds) before which everything is at least `seconds` of use old.

        Each gap counts for at most `gap_counts` seconds, and the one that would count most for nothing: the clock may
        have been wrong there.
        """
        found, most = self.seen - seconds, 0.0
        for gap in sorted(self.gaps, key=lambda one: one.end, reverse=True):
            if found < gap.end <= self.seen:
                length = gap.end - gap.start
                counted = min(length, gap_counts)
                found -= length - counted + max(0.0, counted - most)
                most = max(most, counted)
        return found


def note_use(folder: Path, now: float, *, otherwise: float | None = None) -> Use:
    """Record in a library's folder that it is in use now; return its recorded use.

    Without an earlier record, for example after a restore, `otherwise` is its last use. Raise OSError.
    """
    path = folder / "processes" / "use.json"
    use = (_read(path) or Use(now if otherwise is None else otherwise)).at(now)
    part = path.with_name(f"use-{secrets.token_hex(4)}.part")
    try:
        part.write_text(json.dumps({"seen": use.seen, "gaps": [[gap.start, gap.end] for gap in use.gaps]}))
        os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return use


def _read(path: Path) -> Use | None:
    try:
        recorded = json.loads(path.read_text())
        return Use(float(recorded["seen"]), tuple(_gaps(recorded["gaps"])))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _gaps(recorded: Iterable[tuple[float, float]]) -> Iterable[Gap]:
    for start, end in recorded:
        yield Gap(float(start), float(end))
