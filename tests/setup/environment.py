"""The tests' own virtual environment, made at the first run and taken as it is while the pins stay the same.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv-tests"
REQUIREMENTS = (ROOT / "tests" / "requirements.txt", ROOT / "requirements.txt")
LOCK = ROOT / "tests" / "requirements.lock"  # both of them and all they bring in, with hashes: see tests/setup/lock.py
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?\s*==\s*([^\s;#]+)")


class SetupError(Exception):
    """What the tests need is missing and could not be had; the message is one line that says what to do."""


def python_for_tests() -> str:
    """The interpreter to run the tests with.

    The running one where it already has exactly what is pinned (a developer's own environment), else that of
    `.venv-tests`, which is made or brought up to date first. Raise SetupError.
    """
    if all(_installed(name) == pinned for name, pinned in pins().items()):
        return sys.executable
    python = FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = FOLDER / "made-from.sha256"
    if stamp.is_file() and stamp.read_text() == _fingerprint() and python.exists():
        return str(python)
    print(f"── Setting up {FOLDER.name} (once, a minute or two)", flush=True)
    stamp.unlink(missing_ok=True)
    _make_environment()
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    if subprocess.run([*command, "--require-hashes", "-r", str(LOCK)], stdin=subprocess.DEVNULL).returncode:
        raise SetupError(f"pip could not install {LOCK.relative_to(ROOT)}: see its message above.")
    stamp.write_text(_fingerprint())
    return str(python)


def can_use_apt() -> bool:
    """Whether Debian's packages can be installed here: by root alone."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(package: str) -> list[list[str]]:
    """The commands that install a Debian package."""
    return [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", package]]


def quietly(command: list[str]) -> bool:
    """Whether the command succeeded; what it printed is shown only if it failed."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # The run level keeps Debian from starting a server that it installs.
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},
    )
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-15:]), flush=True)
    return done.returncode == 0


def pins() -> dict[str, str]:
    """Every pinned package and its version, by both requirements files."""
    lines = [line for file in REQUIREMENTS for line in file.read_text(encoding="utf-8").splitlines()]
    return {pin[1]: pin[2] for line in lines if (pin := PIN.match(line))}


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _make_environment() -> None:
    if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu keep it in a package of its own
        raise SetupError("This Python cannot make virtual environments: install python3-venv, then run again.")
    try:
        venv.create(FOLDER, clear=True, with_pip=True, symlinks=sys.platform != "win32")
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"The environment {FOLDER} could not be made: {error}") from error


def _fingerprint() -> str:
    """Changes with the pins, and with the Python that the environment is made of."""
    digest = hashlib.sha256(f"{sys.version}\n{sys.base_prefix}\n{FOLDER}\n".encode())
    for file in (*REQUIREMENTS, LOCK):
        digest.update(file.read_bytes())
    return digest.hexdigest()
