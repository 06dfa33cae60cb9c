"""What an opened library stands on, for the functions that work on it: its folder, database, files and lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from components.library.db.schema import outputs
from components.library.db.tables.input_tables import stored_inputs
from components.library.errors import explained
from components.library.files.disk_space import require_room
from components.library.files.file_store import FileStore
from components.library.files.process_lock import Processes
from components.library.files.staging import discard_run
from components.library.records import Belonging

TRASH_DAYS = 30


@dataclass(frozen=True)
class Retention:
    """Days of use after which something is removed; 0 keeps failed runs for good.

    Failed runs go to the trash; what is in the trash, inputs that nothing uses and drafts are deleted.
    """

    trash_days: int = TRASH_DAYS
    failed_days: int = 0
    unused_days: int = 1
    draft_days: int = 1


class LibraryHandle:
    """An opened library without what it stores and finds. It knows nobody, so everything may be changed."""

    def __init__(
        self,
        folder: Path,
        engine: Engine,
        files: FileStore,
        process_lock: Processes,
        max_pixels: int,
        retention: Retention = Retention(),
    ) -> None:
        """Wrap what is open; use `open_library` to open a library."""
        self.folder = folder
        self.files = files
        self.engine = engine
        self.process_lock = process_lock
        self.staging = process_lock.staging
        self.max_pixels = max_pixels
        self.retention = retention

    def run_staging(self, run_id: str) -> Path:
        """Return the folder that receives a run's images, and create it."""
        folder = self.staging / run_id
        with explained(self.folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def discard_staging(self, run_id: str) -> None:
        """Remove a run's staging folder, except received images that were not saved."""
        discard_run(self.staging / run_id)

    def require_room(self, images: int) -> None:
        """Raise LibraryUnavailable unless the disk has space for this many images."""
        require_room(self.folder, images)

    def close(self) -> None:
        """Close the database and release the process lock."""
        self.files.close()
        self.process_lock.release()
        self.engine.dispose()

    def known_content(self, sha256: str) -> bool:
        """Return whether any output or input has this content."""
        holders = (outputs.c.sha256, stored_inputs.c.sha256)
        with explained(self.folder), self.engine.connect() as connection:
            return any(connection.execute(select(one).where(one == sha256).limit(1)).first() for one in holders)

    def require_own(self, kind: Belonging, ids: Sequence[str]) -> None:
        """Raise NotAllowed if the person whose library this is may not change one of these."""

    def note_added(self, sha256: str) -> None:
        """Note that the person whose library this is has added an input file."""

    def unfiltered(self) -> Any:
        """Return the library in which nothing is hidden."""
        return self

    def purging(self) -> tuple[Any, str | None]:
        """Return the library that the trash is emptied in, and whose items; None for everybody's."""
        return self, None
