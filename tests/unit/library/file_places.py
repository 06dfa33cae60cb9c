"""A library's files in a folder and on S3, looked at and harmed without the code under test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import inspect

from components.library import Library, open_library
from components.library.files.content_store import KINDS
from tests.servers import stores
from tests.servers.s3 import s3_client, s3_place

PLACES = ("folder", "s3")
_COMPARED = ("original", "thumbnail", "input")


class FilePlace:
    """Where a library's files are: `url` is "" for its folder. Names are SHA-256."""

    def __init__(self, folder: Path, url: str) -> None:
        """Look at the files of the library in `folder`."""
        self.folder = folder
        self.url = url

    def open(self, folder: Path | None = None) -> Library:
        """Open the library, or another server's folder over the same storage."""
        return open_library(folder or self.folder, files=self.url)

    def names(self, kind: str) -> set[str]:
        """Return the names of the stored files of a kind."""
        if not self.url:
            return {path.stem for path in (self.folder / KINDS[kind]).glob("*/*")}
        return {key.rpartition("/")[2] for key in self._keys(f"{KINDS[kind]}/")}

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of all originals, thumbnails and inputs, by their place."""
        if not self.url:
            found = (path for kind in _COMPARED for path in (self.folder / KINDS[kind]).glob("*/*"))
            return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}
        return {key: data for kind in _COMPARED for key, data in self.objects(f"{KINDS[kind]}/").items()}

    def objects(self, name: str = "") -> dict[str, bytes]:
        """Return the bytes of all objects on S3 below a name, whatever they are, by their place."""
        client, (bucket, prefix) = s3_client(), self._place("")
        keys = self._keys(name)
        return {key.removeprefix(prefix): client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def harm(self, kind: str, sha256: str, data: bytes | None) -> None:
        """Replace a file's bytes, or lose the file; also on this disk. A file that is not there is added as a PNG."""
        if self.url:  # before the copies, which the app may download again in the background
            client, bucket, key = s3_client(), *self._place(f"{KINDS[kind]}/{sha256[:2]}/{sha256}")
            if data is None:
                client.delete_object(Bucket=bucket, Key=key)
            else:
                client.put_object(Bucket=bucket, Key=key, Body=data, Metadata={"suffix": "png"})
        found = [path for path in self.folder.rglob(f"{sha256}.*") if KINDS[kind] in path.parts]
        for path in found:
            path.unlink()
        if data is not None and not self.url:
            path = found[0] if found else self.folder / KINDS[kind] / sha256[:2] / f"{sha256}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def lost(self) -> set[str]:
        """Return the names in `lost-and-found`, without the rows."""
        if not self.url:
            return {path.stem for path in (self.folder / "lost-and-found").glob("*") if path.name != "rows.jsonl"}
        return {key.rpartition("/")[2] for key in self._keys("lost-and-found/")}

    def forget_copies(self) -> None:
        """Remove the copies on this disk, as a new server has none."""
        for path in (self.folder / "cache").rglob("*.*"):
            path.unlink()

    def _place(self, name: str) -> tuple[str, str]:
        bucket, _, prefix = self.url.removeprefix("s3://").partition("/")
        return bucket, f"{prefix}/{name}"

    def _keys(self, name: str) -> Iterator[str]:
        bucket, prefix = self._place(name)
        for page in s3_client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for found in page.get("Contents", ()):
                yield found["Key"]


def place_of(library: Library) -> FilePlace:
    """Return where an open library of the running test has its files."""
    if not stores.ON_S3:
        return FilePlace(library.folder, "")
    from tests.servers.s3_libraries import places

    return FilePlace(library.folder, places().url(library.folder))


def stored_bytes(library: Library, place: FilePlace | None = None) -> bytes:
    """Return all that a library has stored, to look for what must not be there: on disk, on S3 and in the database.

    `place` is where its files are; without it, where the running test puts them.
    """
    place = place or place_of(library)
    found = [path.read_bytes() for path in library.folder.rglob("*") if path.is_file()]
    if place.url:
        found += place.objects().values()
    if stores.ON_POSTGRES:
        with library.engine.connect() as connection:
            for table in inspect(connection).get_table_names():
                for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"'):
                    found += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    return b"\n".join(found)


@contextmanager
def file_place(kind: str, folder: Path) -> Iterator[FilePlace]:
    """Yield a fresh place of this kind, one of PLACES."""
    if kind == "folder":
        yield FilePlace(folder, "")
        return
    with s3_place() as url:
        yield FilePlace(folder, url)
