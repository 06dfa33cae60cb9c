"""The store: runs and outputs in SQL, originals and thumbnails as files."""

from components.library.errors import LibraryUnavailable, NotAllowed
from components.library.maintenance.check import check_library
from components.library.opening import open_for, open_library
from components.library.records import RunSummary, StoredOutput, StoredRun
from components.library.store import Library

__all__ = [
    "Library",
    "LibraryUnavailable",
    "NotAllowed",
    "RunSummary",
    "StoredOutput",
    "StoredRun",
    "check_library",
    "open_for",
    "open_library",
]
