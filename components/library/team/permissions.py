"""What the library asks before it changes something; `VisibleLibrary` answers for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.library.records import Belonging


class Unlimited:
    """The answers of a library that knows nobody: everything may be changed."""

    def require_own(self, kind: Belonging, ids: Sequence[str]) -> None:
        """Raise NotAllowed if the person whose library this is may not change one of these."""

    def note_added(self, sha256: str) -> None:
        """Note that the person whose library this is has added an input file."""

    def purging(self) -> tuple[Any, str | None]:
        """Return the library that the trash is emptied in, and whose items; None for everybody's."""
        return self, None
