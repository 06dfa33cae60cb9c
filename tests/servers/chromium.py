"""Finds a Chromium or Chrome for the browser tests, and installs one where there is none.

Standard library only: the command that sets everything up asks here before anything is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.setup.environment import SetupError, apt_install, can_use_apt, quietly

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
    """The path of a Chromium or Chrome, installed now if need be. Raise SetupError where that fails."""
    if found := find(python):
        return found
    for name, commands in _ways_to_install(python).items():
        print(f"── Installing Chromium with {name} (once, a minute or two)", flush=True)
        if all(map(quietly, commands)) and (found := find(python)):
            return found
    raise SetupError(NONE.format(", nor could one be installed"))


def _ways_to_install(python: str) -> dict[str, list[list[str]]]:
    download = [python, "-m", "playwright", "install", "chromium"]
    if can_use_apt():
        return {"apt-get": apt_install("chromium"), "Playwright": [[*download, "--with-deps"]]}
    return {"Playwright": [download]}


def _starts(path: str) -> bool:
    """Whether it is there and runs: Ubuntu's `chromium-browser` may only tell to install something else."""
    if not Path(path).exists():
        return False
    return subprocess.run([path, "--version"], capture_output=True, stdin=subprocess.DEVNULL).returncode == 0
