"""Finds the middle layers that the wire tests run the app through, LiteLLM's proxy, nginx and Caddy, or installs them.

Standard library only, like everything that the set-up uses.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from tests.setup.environment import ROOT, SetupError, apt_install, can_use_apt, quietly

FOLDER = ROOT / ".venv-litellm"  # LiteLLM wants other versions than the app, and a hundred packages
LOCK = ROOT / "tests" / "litellm.lock"
_SCRIPTS = FOLDER / ("Scripts" if sys.platform == "win32" else "bin")
_NOT_FOUND = "The wire tests need {}, and none was found{}. Install it, then run again."


def litellm(python: str = sys.executable) -> str:
    """The path of LiteLLM's command, installed now if need be; `python` has uv. Raise SetupError."""
    command, stamp = _SCRIPTS / "litellm", FOLDER / "made-from.sha256"
    fingerprint = hashlib.sha256(sys.version.encode() + LOCK.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return str(command)
    print(f"── Setting up {FOLDER.name} (once)", flush=True)
    stamp.unlink(missing_ok=True)
    in_it = str(_SCRIPTS / "python")
    install = ["install", "--quiet", "--require-hashes", "-r", str(LOCK)]
    ways = (  # pip where uv does not reach the index, whose address only pip was told
        (["-m", "uv", "venv", "--quiet", "--clear"], [python, "-m", "uv", "pip", *install, "--python", in_it]),
        (["-m", "venv", "--clear"], [in_it, "-m", "pip", "--no-input", *install]),
    )
    if not any(quietly([python, *make, str(FOLDER)]) and quietly(fill) for make, fill in ways):
        raise SetupError(f"{LOCK.relative_to(ROOT)} could not be installed: see the messages above.")
    stamp.write_text(fingerprint)
    return str(command)


def nginx() -> str:
    """The path of nginx, installed now if need be. Raise SetupError."""
    return _debian("nginx")


def caddy() -> str:
    """The path of Caddy, installed now if need be. Raise SetupError."""
    return _debian("caddy")


def _debian(name: str) -> str:
    if found := _find(name):
        return found
    if not can_use_apt():
        raise SetupError(_NOT_FOUND.format(name, ""))
    print(f"── Installing {name} with apt-get (once)", flush=True)
    if all(map(quietly, apt_install(name))) and (found := _find(name)):
        return found
    raise SetupError(_NOT_FOUND.format(name, ", nor could it be installed"))


def _find(name: str) -> str | None:
    return next((path for path in (shutil.which(name), f"/usr/sbin/{name}") if path and Path(path).exists()), None)
