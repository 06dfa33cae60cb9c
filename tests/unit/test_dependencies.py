"""What gets installed: the lock files, the licenses, and the audit's verdict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.setup.audit import ACCEPTED, verdict
from tests.setup.environment import PIN, ROOT
from tests.setup.lock import LICENSES, LOCKS, locked

LESSER = re.compile(r"Lesser General Public|LGPL", re.IGNORECASE)
COPYLEFT = re.compile(r"General Public|GPL", re.IGNORECASE)


def pinned(source: Path) -> dict[str, str]:
    """Return the pins of a requirements file, its own and those of the files it includes."""
    pins = {}
    for line in (ROOT / source).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            pins |= pinned(source.parent / line[3:].strip())
        elif pin := PIN.match(line):
            pins[re.sub(r"[-_.]+", "-", pin[1]).lower()] = pin[2]
    return pins


@pytest.mark.parametrize("source", LOCKS, ids=str)
def test_a_lock_holds_every_pin_with_its_hashes(source: Path) -> None:
    """Each pin stands in the lock at its version with hashes; else run python -m tests.setup.lock."""
    versions = locked(LOCKS[source])
    assert {name: versions.get(name) for name in pinned(source)} == pinned(source)
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / LOCKS[source]).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert len(entries) == len(versions)
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_licenses_are_those_of_the_lock_and_none_is_gpl() -> None:
    """docs/licenses.md lists what requirements.lock installs; LGPL is a library's license and may stand there."""
    rows = re.findall(r"^\| ([a-z0-9.-]+) \| (\d\S*) \| (.+) \|$", (ROOT / LICENSES).read_text(encoding="utf-8"), re.M)
    assert {name: version for name, version, _ in rows} == locked(Path("requirements.lock"))
    assert [name for name, _, terms in rows if COPYLEFT.search(LESSER.sub("", terms))] == []


def package(name: str, *flaws: str) -> dict[str, Any]:
    """Return a package as pip-audit reports it."""
    return {"name": name, "version": "1.0", "vulns": [{"id": flaw, "fix_versions": ["1.1"]} for flaw in flaws]}


def test_the_audit_fails_on_a_flaw_and_names_its_fix() -> None:
    """A known flaw is an error, with the version that mends it."""
    lines, code = verdict({"dependencies": [package("pillow", "CVE-1"), package("httpx")]})
    assert code == 1
    assert lines == ["pillow 1.0: CVE-1; fixed in 1.1", "2 packages looked up, 1 known flaws."]


def test_the_audit_names_what_it_could_not_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that the index does not know fails nothing, nor does an accepted flaw, and both are said."""
    monkeypatch.setitem(ACCEPTED, "CVE-2", "the app never opens one")
    skipped = {"name": "numpy", "skip_reason": "not found"}
    lines, code = verdict({"dependencies": [package("pillow", "CVE-2"), skipped]})
    assert code == 0
    assert lines == [
        "pillow 1.0: CVE-2, accepted: the app never opens one",
        "Could not look up 1 of 2 packages: numpy.",
        "1 packages looked up, 0 known flaws.",
    ]
