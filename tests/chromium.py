"""Finds a Chromium or Chrome for the browser tests, and installs one where there is none.

Standard library only: the command that sets everything up asks here before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.environment import SetupError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (  # where macOS keeps them, off the PATH
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
NONE = "The browser tests need Chromium or Chrome, and none was found{}. Install one, then run again."
PLAYWRIGHTS_OWN = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


def find(python: str = sys.executable) -> str | None:
    """The path of a Chromium or Chrome that starts; `python` is an interpreter that has Playwright."""
    for candidate in [*map(shutil.which, NAMES), *APPLICATIONS]:
        if candidate and _starts(candidate):
            return candidate
    answer = subprocess.run([python, "-c", PLAYWRIGHTS_OWN], capture_output=True, text=True)
    own = answer.stdout.strip()
    return own if own and _starts(own) else None


def find_or_install(python: str) -> str:
    """The path of a Chromium or Chrome, installed now if need be. Raises SetupError where that fails."""
    if found := find(python):
        return found
    for name, commands in _ways_to_install(python).items():
        print(f"── Installing Chromium with {name} (once, a minute or two)", flush=True)
        if all(map(_quietly, commands)) and (found := find(python)):
            return found
    raise SetupError(NONE.format(", nor could one be installed"))


def _ways_to_install(python: str) -> dict[str, list[list[str]]]:
    download = [python, "-m", "playwright", "install", "chromium"]
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        return {"apt-get": [["apt-get", "update"], packages], "Playwright": [[*download, "--with-deps"]]}
    return {"Playwright": [download]}


def _quietly(command: list[str]) -> bool:
    """Whether the command succeeded; what it printed is shown only if it failed."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-15:]), flush=True)
    return done.returncode == 0


def _starts(path: str) -> bool:
    """Whether it is there and runs: Ubuntu's `chromium-browser` may only tell to install something else."""
    if not Path(path).exists():
        return False
    return subprocess.run([path, "--version"], capture_output=True, stdin=subprocess.DEVNULL).returncode == 0
