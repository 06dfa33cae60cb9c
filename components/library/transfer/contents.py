"""Copy all files of a library to another store, and compare the two. What is there already is not copied again."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from components.library.files.content_store import KINDS, digest
from components.library.files.file_store import FileStore, StoredFile

# Files under way at the same time.
_AT_ONCE = 8
_REPORTED_EVERY = 100

Name = tuple[str, str]


@dataclass(frozen=True)
class CopiedFiles:
    """Number and bytes of a library's files, and the names ("kind/SHA-256") of those that are damaged or missing."""

    files: int
    bytes: int
    bad: tuple[str, ...]


def list_files(store: FileStore) -> dict[Name, StoredFile]:
    """Return all files of a store, by kind and SHA-256."""
    return {(kind, one.sha256): one for kind in KINDS for one in store.listing(kind)}


def copy_files(
    source: FileStore, target: FileStore, staging: Path, report: Callable[[str], None] = lambda _: None
) -> CopiedFiles:
    """Copy what the target lacks, then compare every file there with its SHA-256. Damaged files are left behind."""
    named, there = list_files(source), list_files(target)
    missing = [name for name, one in named.items() if name not in there or there[name].bytes != one.bytes]

    def copy(name: Name) -> None:
        _copy(source, target, staging, *name)

    _each(missing, copy, lambda done: report(f"{done:,} of {len(missing):,} files copied"))
    arrived = list_files(target)

    def is_bad(name: Name) -> bool:
        return name not in arrived or not _is_intact(target, arrived[name])

    bad = _each(named, is_bad, lambda done: report(f"{done:,} of {len(named):,} files compared"))
    return CopiedFiles(len(named), sum(one.bytes for one in named.values()), tuple(sorted(map("/".join, bad))))


def _copy(source: FileStore, target: FileStore, staging: Path, kind: str, sha256: str) -> None:
    with suppress(FileNotFoundError), source.reading(kind, sha256, staging) as path:
        if kind == "thumbnail" or digest(path) == sha256:
            part = staging / f"{secrets.token_hex(8)}.move"
            target.copy_in(path, part, kind, sha256, path.suffix.lstrip("."))


def _is_intact(store: FileStore, file: StoredFile) -> bool:
    # A thumbnail is named by its image's content.
    return file.bytes > 0 if file.kind == "thumbnail" else store.digest(file.kind, file.sha256) == file.sha256


def _each(names: Iterable[Name], act: Callable[[Name], bool | None], report: Callable[[int], None]) -> Iterator[Name]:
    """Act on each name, several at a time; return the names for which it returned True."""
    names = list(names)
    found = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for done, (name, answer) in enumerate(zip(names, pool.map(act, names), strict=True), 1):
                if answer:
                    found.append(name)
                if done % _REPORTED_EVERY == 0 or done == len(names):
                    report(done)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return iter(found)
