"""The store: runs and outputs in SQL, originals and thumbnails as files."""

from components.library.errors import LibraryUnavailable
from components.library.records import RunSummary, StoredOutput, StoredRun
from components.library.store import Library

__all__ = ["Library", "LibraryUnavailable", "RunSummary", "StoredOutput", "StoredRun"]
