"""The checks in their order, and what their results come to.

pytest runs last, so that the output ends with its summary. Standard library only: this runs before anything
is installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

from tests import chromium, environment, layers, postgres, stores
from tests.environment import ROOT, SetupError

REST = ("browser", "pages", "wire", "unit")  # what takes longest first, so that none waits at the end

LINTERS = {
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy"),
    "lint-imports": (
        "-c",
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))",
    ),
    "audit": ("-m", "tests.audit"),
}
INTERRUPTED = 130

# Benches measure, so they are alone on the machine. All other tests share it, each file in one of three processes:
# a browser waits more than it works. Unless told not to, xdist starts with the files of the most tests, so that the
# browser's, which take longest, came last and some processes idled.
IN_THREE = ("-m", "pytest", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
ON_POSTGRESQL = "pytest, on PostgreSQL and S3"
PYTESTS = {
    "pytest, benches": ("-m", "pytest", "tests/bench"),
    ON_POSTGRESQL: (*IN_THREE, "tests/pages", "tests/unit/library", "tests/wire/runs", "tests/unit/runs"),
    "pytest": (*IN_THREE, *(f"tests/{one}" for one in REST)),
}


def main(arguments: list[str]) -> int:
    """Set up, run the checks, and give the exit code: pytest's own, or 1 when only a linter or a bench failed."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tests",
        description="Sets up what the tests need and runs every check.",
        epilog="All other arguments go to pytest, which then runs once, in one process.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--only-pytest", action="store_true", help="leave out ruff, mypy, the import rules and the audit"
    )
    own, for_pytest = parser.parse_known_args(arguments)
    try:
        python = environment.python_for_tests()
        chromium.find_or_install(python)
        layers.litellm(python)
        layers.nginx()
        layers.caddy()
        postgres.programs()
        before = {} if own.only_pytest else dict(LINTERS)
        pytests = {"pytest": ("-m", "pytest", *for_pytest)} if for_pytest else PYTESTS
        *first, (last, command) = (before | pytests).items()
        failed = [name for name, arguments in first if _run(python, name, arguments)]
        code = _run(python, last, command)
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    if failed:
        print(f"Failed as well, see above: {', '.join(failed)}", flush=True)
    return code or int(bool(failed))


def _run(python: str, name: str, arguments: tuple[str, ...]) -> int:
    """Run one check at the root of the repository and give its exit code."""
    print(f"── {name}", flush=True)
    start = time.monotonic()
    variables = {**os.environ, stores.VARIABLE: "postgres+s3"} if name == ON_POSTGRESQL else None
    process = subprocess.Popen([python, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, env=variables)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.wait()  # it got the same signal; let it stop its servers and browsers
        raise
    if name in LINTERS:
        print(f"   {'failed' if code else 'passed'} in {time.monotonic() - start:.1f} s", flush=True)
    return code
