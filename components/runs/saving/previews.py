"""Previews of a run's images, until the images arrive."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from components.runs.live import LiveRun
from components.runs.saving.save_output import discard
from components.runs.view import PartialView


class Previews:
    """One preview for each place of a run with `images` places; a newer one replaces it."""

    def __init__(self, live: LiveRun, images: int) -> None:
        self._live = live
        self._images = images

    def add(self, path: Path, arrived: Collection[int]) -> None:
        """Show a preview. The server does not say of which image: assume the first one not in `arrived`."""
        place = next((place for place in range(self._images) if place not in arrived), self._images - 1)
        before = next((one.number for one in self._live.view.partials if one.index == place), 0)
        self._live.files[path.name] = path
        self._live.change(partials=(*self.without(place), PartialView(place, path.name, before + 1)))

    def without(self, place: int) -> tuple[PartialView, ...]:
        """Remove the file of a place's preview, and return the others."""
        for one in self._live.view.partials:
            if one.index == place and (path := self._live.files.pop(one.token, None)) is not None:
                discard(path)
        return tuple(one for one in self._live.view.partials if one.index != place)

    def forget(self) -> None:
        """Offer no previews after the run's end. Their files go with the staging folder."""
        for one in self._live.view.partials:
            self._live.files.pop(one.token, None)
