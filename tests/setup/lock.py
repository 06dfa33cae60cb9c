"""Write the lock files: `python -m tests.setup.lock`, run in the tests' environment after a pin has changed.

Each lock names every package that a requirements file brings in, with the hashes of all its files, for every
platform and every Python from 3.11 on (markers tell them apart). pip then installs nothing else. The table of
licenses comes from the installed packages' own metadata.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from tests.setup.environment import ROOT

LOCKS = {  # what is locked: its lock file
    Path("requirements.txt"): Path("requirements.lock"),
    Path("tests/requirements.txt"): Path("tests/requirements.lock"),
    Path("tests/litellm.txt"): Path("tests/litellm.lock"),
}
LICENSES = Path("docs/licenses.md")
OLDEST_PYTHON = "3.11"
LOCKED = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z0-9,]+\])?==([^\s;\\]+)", re.MULTILINE)
# Classifiers and free text name the same license in many ways.
SPELLINGS = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# What a wheel bundles beyond the license of its own code, found by looking inside it.
BUNDLED = {"pi-heif": "its wheel holds libheif and libde265 (LGPL-3.0), no x265"}


def locked(lock: Path) -> dict[str, str]:
    """Return each package that a lock file names, and its version."""
    return dict(LOCKED.findall((ROOT / lock).read_text(encoding="utf-8")))


def license_of(found: Distribution) -> str:
    """Return a package's license: its SPDX expression, else its classifier, else its free text."""
    if expression := found.metadata.get("License-Expression"):
        return str(expression)
    classifiers = found.metadata.get_all("Classifier") or []
    names = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License :: OSI Approved :: ")]
    text = str(found.metadata.get("License") or "").partition("\n")[0].strip()
    return ", ".join(SPELLINGS.get(name, name) for name in names or [text] if name) or "not stated"


def license_table() -> str:
    """Return docs/licenses.md: every package of the app's lock with its version and license."""
    rows = []
    for name, version in locked(Path("requirements.lock")).items():
        try:
            license_name = license_of(distribution(name))
        except PackageNotFoundError:
            license_name = "installed on other platforms only"
        note = f"; {BUNDLED[name]}" if name in BUNDLED else ""
        rows.append(f"| {name} | {version} | {license_name}{note} |")
    head = (
        "# Licenses\n\nWhat `requirements.lock` installs, by each package's own metadata. "
        "Written by `python -m tests.setup.lock`.\n\n| package | version | license |\n|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


def main() -> int:
    """Write the lock files and the table of licenses; return 1 where a requirements file cannot be resolved."""
    for source, lock in LOCKS.items():
        command = ["uv", "pip", "compile", "--universal", "--generate-hashes", "--quiet", "--upgrade"]
        command += ["--python-version", OLDEST_PYTHON, "--custom-compile-command", "python -m tests.setup.lock"]
        done = subprocess.run(
            [sys.executable, "-m", *command, "--output-file", str(lock), str(source)], cwd=ROOT, check=False
        )
        if done.returncode:
            return 1
    (ROOT / LICENSES).write_text(license_table(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
