"""Installs the npm packages that exported scripts are run with, pinned by tests/npm, into a folder of their own.

Standard library only, like everything that the set-up uses.
"""

from __future__ import annotations

import hashlib
import shutil

from tests.setup.environment import ROOT, SetupError, quietly

FOLDER = ROOT / ".npm-tests"
PINS = ROOT / "tests" / "npm"
_FILES = ("package.json", "package-lock.json")


def missing_program() -> str | None:
    """Return the name of the program that installing needs and that is not here, if any."""
    return next((name for name in ("node", "npm") if shutil.which(name) is None), None)


def install() -> None:
    """Install the packages unless they are as pinned; without npm do nothing. Raise SetupError."""
    npm, stamp = shutil.which("npm"), FOLDER / "made-from.sha256"
    fingerprint = hashlib.sha256(b"".join((PINS / name).read_bytes() for name in _FILES)).hexdigest()
    if missing_program() or npm is None or (stamp.is_file() and stamp.read_text() == fingerprint):
        return
    print(f"── Setting up {FOLDER.name} (once)", flush=True)
    FOLDER.mkdir(exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in _FILES:
        shutil.copyfile(PINS / name, FOLDER / name)
    # No script of a package runs. The Node that runs the exports is newer than the one npm may have.
    command = [npm, "ci", "--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not quietly(command):
        raise SetupError(f"npm could not install what {PINS.relative_to(ROOT)} pins: see its message above.")
    stamp.write_text(fingerprint)
