"""How old something is, counted only as far as the library was in use: one wrong clock makes nothing old.

While a process has the library open it notes the time again and again. Where two notes lie far apart, nobody knows
whether the app was not running or the clock is wrong; such a gap counts for little.
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

# Notes further apart than this, in seconds, leave a gap between them.
LONGEST_STEP = HOUR

# Gaps that are remembered, the newest.
MOST_GAPS = 200


@dataclass(frozen=True)
class Gap:
    """From `start` to `end`, both in unix seconds, no process had the library open, or the clock was moved."""

    start: float
    end: float


@dataclass(frozen=True)
class Use:
    """When the library was last seen in use (unix seconds), and the gaps before."""

    seen: float
    gaps: tuple[Gap, ...] = ()

    def at(self, now: float) -> Use:
        """The same with the library seen in use at `now`."""
        if now - self.seen > LONGEST_STEP:
            return Use(now, (*self.gaps, Gap(self.seen, now))[-MOST_GAPS:])
        if self.seen - now > LONGEST_STEP:
            # The clock was put back: what was noted of times to come is of no worth.
            return Use(now, tuple(gap for gap in self.gaps if gap.end <= now))
        return Use(max(now, self.seen), self.gaps)

    def before(self, seconds: float, *, gap_counts: float) -> float:
        """The time (unix seconds) before which everything is at least so many seconds of use old.

        Of each gap at most `gap_counts` seconds count, and nothing of the one that would count most: the clock may
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
    """Note in a library's folder that it is in use now; what is known of its use by then.

    Where nothing is known, as after a restored backup, it was last seen at `otherwise`. Raises OSError.
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
        noted = json.loads(path.read_text())
        return Use(float(noted["seen"]), tuple(_gaps(noted["gaps"])))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _gaps(noted: Iterable[tuple[float, float]]) -> Iterable[Gap]:
    for start, end in noted:
        yield Gap(float(start), float(end))
