"""Where a library is: its folder, its database, its files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from components.library.db.engine import NAME, open_engine
from components.library.files.file_store import FileStore
from components.library.files.opening import open_files
from components.settings import Settings


@dataclass(frozen=True)
class StoreLocation:
    """Where a library is: its folder; the URLs of database and files, "" for those in the folder."""

    folder: Path
    database_url: str = ""
    files_url: str = ""

    @property
    def database(self) -> str:
        """Return what identifies its database."""
        return self.database_url or str(self.folder.resolve())

    @property
    def files(self) -> str:
        """Return what identifies its files."""
        return self.files_url.rstrip("/") or str(self.folder.resolve())

    @property
    def is_local(self) -> bool:
        """Return whether all of it is in the folder."""
        return not self.database_url and not self.files_url

    @property
    def has_library(self) -> bool:
        """Return whether there can be a library: a database by URL, or a SQLite file."""
        return bool(self.database_url) or (self.folder / NAME).is_file()

    @property
    def shown(self) -> str:
        """Return the location in words, without the password."""
        return str(self.folder) if self.is_local else ", ".join(line.partition("=")[2] for line in self.settings()[1:])

    def settings(self) -> list[str]:
        """Return the variables that lead to this location, without the password."""
        database = _without_password(self.database_url) if self.database_url else ""
        variables = {
            "IMAGE_WORKBENCH_DATA": str(self.folder),
            "IMAGE_WORKBENCH_DATABASE_URL": database,
            "IMAGE_WORKBENCH_FILES": self.files_url,
        }
        return [f"{name}={value}" for name, value in variables.items()]


@contextmanager
def opened(location: StoreLocation) -> Iterator[tuple[Engine, FileStore]]:
    """Yield the database and the files of a location, without becoming one of its processes.

    Raise SettingError, LibraryUnavailable and OSError.
    """
    files = open_files(location.folder, location.files_url)
    try:
        engine = open_engine(location.folder, location.database_url)
        try:
            yield engine, files
        finally:
            engine.dispose()
    finally:
        files.close()


def location_of(settings: Settings, folder: Path | None = None) -> StoreLocation:
    """Return the location that the settings name, in another folder than theirs if one is given."""
    return StoreLocation((folder or settings.data).resolve(), settings.database_url, settings.files)


def _without_password(url: str) -> str:
    with suppress(ArgumentError, ValueError):
        return make_url(url).render_as_string(hide_password=True)
    return "…"
