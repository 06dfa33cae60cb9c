"""Look up known flaws of everything that requirements.lock installs: `python -m tests.setup.audit`.

A flaw fails the command. What could not be looked up, because there is no network or the index does not know the
package, is named and fails nothing: a machine without internet can still run the tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.setup.environment import ROOT

ACCEPTED: dict[str, str] = {}  # a flaw's id: why the app is not exposed to it
SECONDS = 90


def look_up(lock: str = "requirements.lock") -> tuple[dict[str, Any] | None, str]:
    """Return pip-audit's report on a lock file, or None and the reason where it has none."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", lock, "--require-hashes", "--disable-pip"]
    try:
        done = subprocess.run(
            [*command, "--format", "json", "--progress-spinner", "off", "--timeout", "10"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer within {SECONDS} seconds"
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        lines = done.stderr.strip().splitlines()
        return None, lines[-1][:300] if lines else "pip-audit printed no report"


def verdict(report: Mapping[str, Any]) -> tuple[list[str], int]:
    """Return the lines to print for a report, and the exit code: 1 where a flaw is known that nobody accepted."""
    lines, flaws, unknown = [], 0, []
    for package in report["dependencies"]:
        if "skip_reason" in package:
            unknown.append(package["name"])
        for flaw in package.get("vulns", ()):
            names = {flaw["id"], *flaw.get("aliases", ())}
            if reason := next((ACCEPTED[name] for name in sorted(names) if name in ACCEPTED), None):
                lines.append(f"{package['name']} {package['version']}: {flaw['id']}, accepted: {reason}")
                continue
            flaws += 1
            fixed = ", ".join(flaw.get("fix_versions", ())) or "no version yet"
            lines.append(f"{package['name']} {package['version']}: {flaw['id']}; fixed in {fixed}")
    total = len(report["dependencies"])
    if unknown:
        lines.append(f"Could not look up {len(unknown)} of {total} packages: {', '.join(unknown)}.")
    lines.append(f"{total - len(unknown)} packages looked up, {flaws} known flaws.")
    return lines, int(flaws > 0)


def main() -> int:
    """Print what is known, and return 1 where a flaw is known that nobody accepted."""
    report, reason = look_up()
    if report is None:
        print(f"Nothing could be looked up: {reason}")
        return 0
    lines, code = verdict(report)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
