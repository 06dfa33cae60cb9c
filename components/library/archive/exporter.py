"""Export outputs and runs as a streamed ZIP, which is never complete in memory or on the disk."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from components.library.archive.manifest import (
    COLUMNS,
    MANIFEST,
    TABLE,
    VERSION,
    VERSION_KEY,
    FileNames,
    table_rows,
    zip_time,
)
from components.library.archive.rows import read_runs, selected_runs
from components.library.csv_cells import MARK, csv_line
from components.library.db.schema import ANSWER
from components.library.errors import FileChanged, explained
from components.library.store import Library

PIECE = 256 * 1024

# A larger manifest is split into several files, each of which fits into memory.
PART_BYTES = 24_000_000
IN_MEMORY = 500_000


def export_zip(library: Library, output_ids: Sequence[str], *, run_ids: Sequence[str] = ()) -> Iterator[bytes]:
    """Yield the pieces of a ZIP of these outputs, and of complete runs except for outputs in the trash.

    An output in the trash is included if it is named by its id. Missing files are skipped and listed in the manifest.
    Raise LibraryUnavailable during the iteration.
    """
    sink = _Sink()
    with (
        explained(library.folder),
        tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(library.staging)) as records,
        tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(library.staging)) as table,
        ZipFile(sink, "w") as archive,
    ):
        export = _Export(library, archive, sink, records, table)
        order = selected_runs(library, output_ids, run_ids, export.missing)
        for run in read_runs(library, order, frozenset(output_ids), frozenset(run_ids)):
            yield from export.add(run)
        yield from export.finish()
    yield from sink.drained(everything=True)


class _Sink:
    """An unseekable file that the ZIP is written to, and that is drained in pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> int:
        self._buffer += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: there is no other buffer."""

    def close(self) -> None:
        """Do nothing: no file is open."""

    def drained(self, *, everything: bool = False) -> Iterator[bytes]:
        if self._buffer and (everything or len(self._buffer) >= PIECE):
            piece = bytes(self._buffer)
            self._buffer.clear()
            yield piece


class _Export:
    def __init__(self, library: Library, archive: ZipFile, sink: _Sink, records: IO[bytes], table: IO[bytes]) -> None:
        self.missing: list[dict[str, str]] = []
        self._library = library
        self._archive = archive
        self._sink = sink
        self._records = records
        self._table = table
        self._names = FileNames()
        self._inputs: dict[str, str | None] = {}
        self._table.write((MARK + csv_line(COLUMNS)).encode())

    def add(self, run: dict[str, Any]) -> Iterator[bytes]:
        """Write a run's files to the ZIP, and its record for the manifest."""
        for output in run["outputs"]:
            output["file"] = None
            if output["role"] == ANSWER:
                continue  # its text is in the run
            of = {"output": output["id"]}
            path = self._file("original", output["sha256"], of)
            if path is not None:
                name = self._names.of(run, output, path.suffix)
                output["file"] = yield from self._image(name, path, output, of)
        for image in run["inputs"]:
            sha256 = image["sha256"]
            of = {"input": sha256, "run": run["id"]}
            path = self._file("input", sha256, of)
            if sha256 not in self._inputs and path is not None:
                name, row = f"inputs/{sha256}{path.suffix}", {**image, "created": run["created"]}
                self._inputs[sha256] = yield from self._image(name, path, row, of)
            image["file"] = self._inputs.get(sha256)
        record = json.dumps(run, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate, which JSON can express and UTF-8 cannot, becomes a JSON escape.
        self._records.write(record.encode("utf-8", "backslashreplace") + b"\n")
        for line in table_rows(run):
            self._table.write(csv_line(line).encode("utf-8", "replace"))

    def _file(self, kind: str, sha256: str, of: dict[str, str]) -> Path | None:
        """Return a file on this disk; None, and a note in the manifest, if it is missing or has changed on S3."""
        why = "Its file is missing."
        try:
            path = self._library.files.find(kind, sha256)
        except FileChanged:
            path, why = None, "Its file has changed in the storage."
        if path is None:
            self.missing.append({**of, "why": why})
        return path

    def _image(
        self, name: str, path: Path, row: Mapping[str, Any], of: dict[str, str]
    ) -> Generator[bytes, None, str | None]:
        """Write an image's bytes unchanged; return its name, or None if its file cannot be read."""
        try:
            source = path.open("rb")
        except OSError as error:
            self.missing.append({**of, "why": f"Its file cannot be read: {error.strerror}."})
            return None
        digest = hashlib.sha256()
        with source, self._archive.open(_entry(name, row["created"], path.stat().st_size), "w") as target:
            while piece := source.read(PIECE):
                digest.update(piece)
                target.write(piece)
                yield from self._sink.drained()
        if digest.hexdigest() != row["sha256"]:
            self.missing.append({**of, "why": "Its file has changed on the disk."})
        return name

    def finish(self) -> Iterator[bytes]:
        """Write the table, then the manifest, in parts if it is long."""
        size = self._table.tell()
        self._table.seek(0)
        with self._archive.open(_entry(TABLE, time.time(), size, ZIP_DEFLATED), "w") as target:
            while piece := self._table.read(PIECE):
                target.write(piece)
                yield from self._sink.drained()
        left = self._records.tell()
        self._records.seek(0)
        parts: list[str] = []
        while left > PART_BYTES:
            parts.append(f"manifest-{len(parts) + 1}.json")
            left -= yield from self._part(parts[-1], PART_BYTES, {})
        yield from self._part(MANIFEST, left, {"missing": self.missing, "parts": parts})

    def _part(self, name: str, limit: int, more: Mapping[str, Any]) -> Generator[bytes, None, int]:
        """Write the next records, up to `limit` bytes but at least one; return their size in bytes."""
        head = json.dumps({VERSION_KEY: VERSION, "created": time.time(), **more}, ensure_ascii=False)
        start = head.removesuffix("}").encode("utf-8", "backslashreplace") + b', "runs": [\n'
        written = 0
        with self._archive.open(_entry(name, time.time(), limit + len(start), ZIP_DEFLATED), "w") as target:
            target.write(start)
            while (record := self._records.readline()) and (not written or written + len(record) <= limit):
                target.write((b",\n" if written else b"") + record.rstrip(b"\n"))
                written += len(record)
                yield from self._sink.drained()
            self._records.seek(-len(record), os.SEEK_CUR)
            target.write(b"\n]}\n")
        yield from self._sink.drained()
        return written


def _entry(name: str, seconds: float, size: int, compression: int = ZIP_STORED) -> ZipInfo:
    entry = ZipInfo(name, zip_time(seconds).timetuple()[:6])
    entry.compress_type = compression
    entry.external_attr = 0o644 << 16
    entry.file_size = size  # tells zipfile whether to use ZIP64
    return entry
