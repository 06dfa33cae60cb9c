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
from concurrent.futures import ThreadPoolExecutor

from tests.servers import chromium, postgres, stores
from tests.setup import environment, layers, npm_packages
from tests.setup.environment import ROOT, SetupError

REST = ("browser", "pages", "wire", "unit")  # what takes longest first, so that none waits at the end

COLLECTION = "collection"
# All at once: mypy works, the audit waits for the network.
LINTERS = {
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy"),
    "lint-imports": (
        "-c",
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))",
    ),
    "audit": ("-m", "tests.setup.audit"),
    # Writes the tests' byte code, which otherwise each of three processes would make for itself.
    COLLECTION: ("-m", "pytest", "--collect-only", "-qq"),
}
INTERRUPTED = 130

# Benches measure, so they are alone on the machine. All other tests share it, each file in one of three processes:
# a browser waits more than it works. Unless told not to, xdist starts with the files of the most tests, so that the
# browser's, which take longest, came last and some processes idled.
IN_THREE = ("-m", "pytest", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
ON_POSTGRESQL = "pytest, on PostgreSQL and S3"
PYTESTS = {
    "pytest, benches": ("-m", "pytest", "tests/bench"),
    ON_POSTGRESQL: (
        *IN_THREE,
        "tests/pages",
        "tests/unit/library",
        "tests/unit/runs",
        "tests/wire/runs",
        "tests/wire/batches",
    ),
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
        npm_packages.install()
        failed = [] if own.only_pytest else _lint(python)
        pytests = {"pytest": ("-m", "pytest", *for_pytest)} if for_pytest else PYTESTS
        *first, (last, command) = pytests.items()
        failed += [name for name, arguments in first if _run(python, name, arguments)]
        code = _run(python, last, command)
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    if failed:
        print(f"Failed as well, see above: {', '.join(failed)}", flush=True)
    return code or int(bool(failed))


def _lint(python: str) -> list[str]:
    """Run the linters side by side, show what each printed, and return the names of those that failed."""
    failed = []
    with ThreadPoolExecutor(len(LINTERS)) as threads:
        under_way = {name: threads.submit(_timed, python, arguments) for name, arguments in LINTERS.items()}
        for name, linter in under_way.items():
            done, seconds = linter.result()
            print(f"── {name}", flush=True)
            if done.returncode or name != COLLECTION:  # which lists every file
                print(done.stdout, end="", flush=True)
            print(f"   {'failed' if done.returncode else 'passed'} in {seconds:.1f} s", flush=True)
            failed += [name] if done.returncode else []
    return failed


def _timed(python: str, arguments: tuple[str, ...]) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run one linter at the root of the repository; return its result and how many seconds it took."""
    start = time.monotonic()
    done = subprocess.run(
        [python, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=_variables(),
    )
    return done, time.monotonic() - start


def _run(python: str, name: str, arguments: tuple[str, ...]) -> int:
    """Run pytest at the root of the repository and return its exit code."""
    print(f"── {name}", flush=True)
    store = {stores.VARIABLE: "postgres+s3"} if name == ON_POSTGRESQL else {}
    process = subprocess.Popen([python, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, env=_variables() | store)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()  # it got the same signal; let it stop its servers and browsers
        raise


def _variables() -> dict[str, str]:
    """The environment of the checks. Byte code is written: over a hundred processes of the tests import the app."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
