"""Read the signed provenance of an image file, in a process of its own with limits (see `reader`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

READER = Path(__file__).with_name("reader.py")
SECONDS = 15.0  # for one file, the start of Python included
# All of the environment that Python needs to start; keys of servers stay here.
KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "HOME", "TMPDIR")
STATES = frozenset({"trusted", "valid", "invalid", "not_present", "remote", "not_installed", "unreadable"})


@dataclass(frozen=True)
class Provenance:
    """What a file's C2PA manifest says of it; all texts come from the file.

    `state`: "valid" where the signature holds for these bytes, "trusted" where its signer is on a list as well,
    "invalid" where it does not hold, "not_present" without a manifest, "remote" where the file only names an address of
    one, "not_installed" without the optional package, "unreadable" where reading took too long or failed.
    """

    state: str
    signer: str = ""
    signed_at: str = ""
    programs: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    made_at: str = ""
    is_ai: bool = False
    ingredients: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def is_installed() -> bool:
    """Return whether `c2pa-python` is installed. It is not imported here."""
    return find_spec("c2pa") is not None


def read_provenance(path: Path) -> Provenance:
    """Return the provenance of an image file; takes about 0.3 s, at most 15. Raise nothing for a hostile file."""
    if not is_installed():
        return Provenance("not_installed")
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own script
            [sys.executable, str(READER), str(path.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=SECONDS,
            check=True,
        )
        return _checked(json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError):
        return Provenance("unreadable")


def _checked(found: Any) -> Provenance:
    if not isinstance(found, Mapping) or found.get("state") not in STATES:
        return Provenance("unreadable")
    values: dict[str, Any] = {}
    for name in {one.name for one in fields(Provenance)} & found.keys():
        values[name] = tuple(map(str, found[name])) if isinstance(found[name], list) else found[name]
    return Provenance(**values)
