"""Works on the library without the app: exports, imports, checks, backs it up and restores it.

The library is the folder that IMAGE_WORKBENCH_DATA names, or `data`. The app may be running meanwhile.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import select

from components.library.archive.exporter import export_zip
from components.library.archive.importer import import_zip
from components.library.archive.unpack import ArchiveRefused
from components.library.db.engine import NAME
from components.library.db.schema import outputs, runs
from components.library.errors import LibraryUnavailable, explained
from components.library.maintenance.backup import BackupRefused, Copied, back_up, restore
from components.library.maintenance.check import check_library
from components.library.opening import open_library
from components.library.store import Library
from components.settings import SettingError, Settings


class _Stopped(Exception):
    """What cannot be done, as a sentence."""


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def _export(library: Library, asked: argparse.Namespace) -> int:
    target: Path = asked.zip
    if target.exists():
        raise _Stopped(f"{target} is there already; nothing was written.")
    found = select(outputs.c.id)
    with explained(library.folder), library.engine.connect() as connection:
        ids = connection.execute(found if asked.all else found.where(outputs.c.deleted_at.is_(None))).scalars().all()
        whole = connection.execute(select(runs.c.id)).scalars().all() if asked.all else ()
    unfinished = target.with_name(f"{target.name}.part")
    try:
        with unfinished.open("wb") as file:
            for piece in export_zip(library, ids, run_ids=whole):
                file.write(piece)
        os.replace(unfinished, target)
    except OSError as error:
        raise _Stopped(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    _say(f"{len(ids)} outputs written to {target}, {target.stat().st_size / 1e6:.1f} MB.")
    return 0


def _import(library: Library, asked: argparse.Namespace) -> int:
    done = import_zip(library, asked.zip)
    _say(f"{done.runs} runs and {done.outputs} outputs taken in; {done.known} outputs were there.")
    for sentence in done.refused:
        _say(sentence)
    return 1 if done.refused else 0


def _check(library: Library, asked: argparse.Namespace) -> int:
    report = check_library(library, repair=asked.repair, thorough=asked.thorough)
    for finding in report.findings:
        _say(f"{finding.kind}: {finding.what}{f' Done: {finding.done}.' if finding.done else ''}")
    found = f"{len(report.findings)} findings" if report.findings else "nothing is wrong"
    _say(f"{report.outputs} outputs and {report.files} files looked at: {found}.")
    return 0 if report.is_clean else 1


def _back_up(folder: Path, asked: argparse.Namespace) -> int:
    copied = back_up(folder, asked.target)
    _say(f"The database and {copied.files} files copied to {asked.target}, {copied.bytes / 1e6:.1f} MB.")
    return _missing(copied, "The library itself lacks")


def _restore(folder: Path, asked: argparse.Namespace) -> int:
    copied = restore(asked.source, folder)
    _say(f"The database and {copied.files} files restored to {folder}, {copied.bytes / 1e6:.1f} MB.")
    return _missing(copied, "The backup lacks")


def _missing(copied: Copied, what: str) -> int:
    for sha256 in copied.missing:
        _say(f"{what} a file that its database names: {sha256}.")
    return 1 if copied.missing else 0


# These work on the folder alone; a library is not opened for them.
_ON_FOLDERS: Mapping[str, Callable[[Path, argparse.Namespace], int]] = {"backup": _back_up, "restore": _restore}

_COMMANDS: Mapping[str, Callable[[Library, argparse.Namespace], int]] = {
    "export": _export,
    "import": _import,
    "check": _check,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m components.library", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    export = commands.add_parser("export", help="write all outputs that are not in the bin to a ZIP")
    export.add_argument("zip", type=Path, metavar="OUT.zip")
    export.add_argument("--all", action="store_true", help="with the bin, and with runs that made nothing")
    bring = commands.add_parser("import", help="take in what a ZIP has and the library has not")
    bring.add_argument("zip", type=Path, metavar="IN.zip")
    check = commands.add_parser("check", help="compare files and rows; ends with 1 when something is wrong")
    check.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="the library's, if not the usual one")
    check.add_argument("--repair", action="store_true", help="put right what can be; nothing is thrown away")
    check.add_argument("--thorough", action="store_true", help="read every picture and compare its SHA-256")
    backup = commands.add_parser("backup", help="copy database and files as one whole, also while the app runs")
    backup.add_argument("target", type=Path, metavar="FOLDER|FILE.tar", help="a folder (brought up to date) or a file")
    put_back = commands.add_parser("restore", help="put a backup into an empty folder")
    put_back.add_argument("source", type=Path, metavar="FOLDER|FILE.tar")
    put_back.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="the library's, if not the usual one")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say. Gives 0 when all is well, 1 when something was found or refused, 2 for an error."""
    asked = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        folder: Path = getattr(asked, "folder", None) or settings.data
        if asked.command in _ON_FOLDERS:
            return _ON_FOLDERS[asked.command](folder, asked)
        if asked.command != "import" and not (folder / NAME).is_file():
            raise _Stopped(f"There is no library in {folder}.")
        library = open_library(folder, max_pixels=settings.max_pixels)
        try:
            return _COMMANDS[asked.command](library, asked)
        finally:
            library.close()
    except (_Stopped, ArchiveRefused, BackupRefused, LibraryUnavailable, SettingError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
