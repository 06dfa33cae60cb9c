"""Export, import, check, back up, restore, move or tidy a library from the command line.

The library is the one that the app's settings name: IMAGE_WORKBENCH_DATA, IMAGE_WORKBENCH_DATABASE_URL and
IMAGE_WORKBENCH_FILES. The app may run at the same time, except during a move.
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
from components.library.db.schema import outputs, runs
from components.library.errors import LibraryUnavailable, explained
from components.library.maintenance.backup import BackupRefused, Copied, back_up
from components.library.maintenance.check import check_library
from components.library.maintenance.housekeeping import tidy
from components.library.maintenance.restore import restore, restore_database
from components.library.opening import open_for
from components.library.store import Library
from components.library.team.audit import ids_detail, record
from components.library.transfer.location import StoreLocation, location_of
from components.library.transfer.move import MoveRefused, move
from components.settings import SettingError, Settings

_BY = "command line"  # what the audit trail says of what an operator does


class _Stopped(Exception):
    """The command cannot be carried out; the message says why."""


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _export(library: Library, arguments: argparse.Namespace) -> int:
    target: Path = arguments.zip
    if target.exists():
        raise _Stopped(f"{target} already exists; nothing was written.")
    query = select(outputs.c.id)
    with explained(library.folder), library.engine.connect() as connection:
        if not arguments.all:
            query = query.where(outputs.c.deleted_at.is_(None))
        ids = connection.execute(query).scalars().all()
        run_ids = connection.execute(select(runs.c.id)).scalars().all() if arguments.all else ()
    unfinished = target.with_name(f"{target.name}.part")
    try:
        with unfinished.open("wb") as file:
            for piece in export_zip(library, ids, run_ids=run_ids):
                file.write(piece)
        os.replace(unfinished, target)
    except OSError as error:
        raise _Stopped(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    record(library, None, "exported", target.name, ids_detail(list(ids), by=_BY))
    _print(f"{len(ids)} outputs written to {target}, {target.stat().st_size / 1e6:.1f} MB.")
    return 0


def _import(library: Library, arguments: argparse.Namespace) -> int:
    done = import_zip(library, arguments.zip)
    record(library, None, "imported", arguments.zip.name, {"runs": done.runs, "outputs": done.outputs, "by": _BY})
    _print(f"{done.runs} runs and {done.outputs} outputs imported; {done.known} outputs were already there.")
    for sentence in done.refused:
        _print(sentence)
    return 1 if done.refused else 0


def _check(library: Library, arguments: argparse.Namespace) -> int:
    report = check_library(library, repair=arguments.repair, thorough=arguments.thorough)
    for finding in report.findings:
        _print(f"{finding.kind}: {finding.what}{f' Done: {finding.done}.' if finding.done else ''}")
    found = f"{len(report.findings)} findings" if report.findings else "no problems found"
    _print(f"{report.outputs} outputs and {report.files} files checked: {found}.")
    return 0 if report.is_clean else 1


def _back_up(here: StoreLocation, arguments: argparse.Namespace) -> int:
    copied = back_up(here, arguments.target)
    _print(f"The database and {copied.files} files copied to {arguments.target}, {copied.bytes / 1e6:.1f} MB.")
    return _missing(copied, "The library lacks")


def _restore(there: StoreLocation, arguments: argparse.Namespace) -> int:
    if arguments.database_only:
        copied = restore_database(arguments.source, there)
        _print(f"The database restored to {there.shown}; files were left as they are.")
        return _missing(copied, "The place lacks")
    copied = restore(arguments.source, there)
    _print(f"The database and {copied.files} files restored to {there.shown}, {copied.bytes / 1e6:.1f} MB.")
    return _missing(copied, "The backup lacks")


def _retention(library: Library, arguments: argparse.Namespace) -> int:
    counts = tidy(library, dry_run=arguments.dry_run)
    done = "would be" if arguments.dry_run else "were"
    for name, what in _REMOVED.items():
        _print(f"{counts[name]} {what.format(done=done)}.")
    return 0


_REMOVED: Mapping[str, str] = {
    "in_trash": "outputs in the trash {done} deleted for good",
    "failed_runs": "failed runs without outputs {done} moved to the trash",
    "drafts": "drafts {done} deleted",
    "unused_inputs": "input images that nothing uses {done} deleted",
}


def _missing(copied: Copied, what: str) -> int:
    for sha256 in copied.missing:
        _print(f"{what} a file that its database names: {sha256}.")
    return 1 if copied.missing else 0


def _move(library: Library, arguments: argparse.Namespace) -> int:
    here = location_of(Settings.from_environment())
    database = sys.stdin.readline().strip() if arguments.to_database == "-" else arguments.to_database
    there = StoreLocation(
        (arguments.to_data or here.folder).resolve(),
        here.database_url if database is None else database.removeprefix("sqlite"),
        here.files_url if arguments.to_files is None else arguments.to_files.removeprefix("folder"),
    )
    moved = move(library, here, there, _tell)
    for name in moved.files.bad if moved.files else ():
        _print(f"The library lacks a file, or it is damaged, so it was left behind: {name}.")
    files = f" and {moved.files.files:,} files, {moved.files.bytes / 1e6:,.1f} MB" if moved.files else ""
    _print(f"{moved.rows:,} rows{files} are in the new place and were compared with the former one.")
    _print("Now set these, with the password in place of ***, and start the app:")
    for line in there.settings():
        _print(f"  {line}")
    _print("The former library was left as it is. Remove it when the app has shown you the new one.")
    return 1 if moved.files and moved.files.bad else 0


def _tell(progress: str) -> None:
    sys.stderr.write(f"{progress}\n")


# These commands work on the place, without opening the library.
_ON_PLACES: Mapping[str, Callable[[StoreLocation, argparse.Namespace], int]] = {"backup": _back_up, "restore": _restore}

_COMMANDS: Mapping[str, Callable[[Library, argparse.Namespace], int]] = {
    "export": _export,
    "import": _import,
    "check": _check,
    "move": _move,
    "retention": _retention,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m components.library", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    export = commands.add_parser("export", help="export all outputs that are not in the trash to a ZIP")
    export.add_argument("zip", type=Path, metavar="OUT.zip")
    export.add_argument("--all", action="store_true", help="include the trash and runs without outputs")
    importing = commands.add_parser("import", help="import what the library does not have from a ZIP")
    importing.add_argument("zip", type=Path, metavar="IN.zip")
    check = commands.add_parser("check", help="compare files and rows; the exit status is 1 if there are findings")
    check.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="the library's folder")
    check.add_argument("--repair", action="store_true", help="repair what can be repaired; no original is deleted")
    check.add_argument("--thorough", action="store_true", help="read every image and compare its SHA-256")
    backup = commands.add_parser("backup", help="copy database and files consistently, also while the app runs")
    backup.add_argument(
        "target", type=Path, metavar="FOLDER|FILE.tar", help="a folder (an earlier backup in it is updated) or a file"
    )
    restore_parser = commands.add_parser("restore", help="restore a backup into an empty folder")
    restore_parser.add_argument("source", type=Path, metavar="FOLDER|FILE.tar")
    restore_parser.add_argument(
        "--database-only",
        action="store_true",
        help="restore only the database, from a backup or a copy from before an upgrade; files stay as they are",
    )
    restore_parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="the library's folder")
    retention = commands.add_parser(
        "retention", help="remove what is older than the settings say, as the app does by itself every hour"
    )
    retention.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")
    moving = commands.add_parser(
        "move",
        help="copy the library to another database or other files; it can be interrupted and begun again",
        description="What is not named stays where it is. Stop the app before.",
    )
    moving.add_argument(
        "--to-database",
        metavar="URL|sqlite|-",
        help="PostgreSQL's URL, sqlite, or - for a URL on standard input",
    )
    moving.add_argument("--to-files", metavar="s3://BUCKET/PREFIX|folder", help="S3-compatible storage, or the folder")
    moving.add_argument("--to-data", type=Path, metavar="FOLDER", help="another data folder than the present one")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 for success, 1 for findings or refusals, 2 for an error."""
    arguments = _parser().parse_args(argv)
    try:
        settings = Settings.from_environment()
        folder: Path = getattr(arguments, "folder", None) or settings.data
        place = location_of(settings, folder)
        if arguments.command in _ON_PLACES:
            return _ON_PLACES[arguments.command](place, arguments)
        if arguments.command != "import" and not place.has_library:
            raise _Stopped(f"There is no library in {folder}.")
        library = open_for(settings, folder, kind="command", removes=arguments.command != "retention")
        try:
            return _COMMANDS[arguments.command](library, arguments)
        finally:
            library.close()
    except (_Stopped, ArchiveRefused, BackupRefused, LibraryUnavailable, MoveRefused, SettingError) as error:
        sys.stderr.write(f"{_without_permission(error) or error}\n")
        return 2


def _without_permission(error: Exception) -> str:
    """Return which path the command's user may not use; "" if that is not why it failed."""
    cause = error.__cause__
    if not isinstance(cause, PermissionError) or not cause.filename:
        return ""
    return (
        f"The user who runs this command may not write to or read {cause.filename}. Name a place that this user can "
        "write to, or let the user write there."
    )


if __name__ == "__main__":
    sys.exit(main())
