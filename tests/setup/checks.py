"""The checks in their order, and what their results come to.

pytest runs last, so that the output ends with a summary of it. Standard library only: this runs before anything
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
    # Writes the tests' byte code, which otherwise each process would make for itself.
    COLLECTION: ("-m", "pytest", "--collect-only", "-qq"),
}
INTERRUPTED = 130

BENCHES, BROWSER = "pytest, benches", "pytest, in a browser"
ON_POSTGRESQL = "pytest, on PostgreSQL and S3"
# Each file in one of two processes, the files in their order. Unless told not to, xdist starts with those of the most
# tests, so that what takes longest comes last and one process idles.
IN_TWO = ("-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
# What asks the database and the files nothing that other tests on PostgreSQL and S3 do not ask: how forms are drawn
# and masks painted, what interrupts a page, which pasted or hostile bytes are refused before anything is stored.
SAME_ON_ANY_STORE = (
    "tests/pages/analyze/test_analyze.py",
    "tests/pages/edit/test_edit.py",
    "tests/pages/edit/test_edit_mask_trouble.py",
    "tests/pages/edit/test_framing.py",
    "tests/pages/forms",
    "tests/pages/test_deferred.py",
    "tests/unit/library/archive/test_archive_hostile.py",
    "tests/unit/library/archive/test_archive_nonsense.py",
    "tests/wire/runs/test_probe.py",
)
# Benches measure, so they are alone on the machine. Then two rows of commands run side by side, about as long as each
# other: the tests in a browser and on the wire wait more than they work.
THAT_WAIT = {BROWSER: (*IN_TWO, "tests/browser"), "pytest, on the wire": (*IN_TWO, "tests/wire")}
THAT_WORK = {
    ON_POSTGRESQL: (
        *IN_TWO,
        "tests/pages",
        "tests/unit/library",
        "tests/unit/runs",
        "tests/wire/runs",
        "tests/wire/batches",
        *(f"--ignore={one}" for one in SAME_ON_ANY_STORE),
    ),
    "pytest": (*IN_TWO, "tests/pages", "tests/unit"),
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
        _try_npm()
        failed = [] if own.only_pytest else _lint(python)
        if for_pytest:
            codes = {"pytest": _run(python, "pytest", ("-m", "pytest", *for_pytest))}
        else:
            codes = {BENCHES: _run(python, BENCHES, ("-m", "pytest", "tests/bench")), **_run_side_by_side(python)}
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    failed += [name for name, code in codes.items() if code]
    if failed:
        print(f"Failed, see above: {', '.join(failed)}", flush=True)
    return next((code for name, code in codes.items() if code and name != BENCHES), int(bool(failed)))


def _try_npm() -> None:
    """Install the npm packages. Where that fails, only the tests that need them fail: they try again."""
    try:
        npm_packages.install()
    except SetupError as error:
        print(error, flush=True)


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


def _run_side_by_side(python: str) -> dict[str, int]:
    """Run the tests that wait and, beside them, those that work; return the exit codes.

    What the latter print is shown when the former have ended.
    """
    others = ThreadPoolExecutor(1)
    try:
        under_way = {name: others.submit(_timed, python, arguments, name) for name, arguments in THAT_WORK.items()}
        codes = {name: _run(python, name, command) for name, command in THAT_WAIT.items()}
        for name, command in under_way.items():
            done, _ = command.result()
            print(f"── {name}\n{done.stdout}", end="", flush=True)
            codes[name] = done.returncode
        return codes
    finally:
        others.shutdown(cancel_futures=True)


def _timed(python: str, arguments: tuple[str, ...], name: str = "") -> tuple[subprocess.CompletedProcess[str], float]:
    """Run one command at the root of the repository; return its result and how many seconds it took."""
    start = time.monotonic()
    done = subprocess.run(
        [python, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=_variables(name),
    )
    return done, time.monotonic() - start


def _run(python: str, name: str, arguments: tuple[str, ...]) -> int:
    """Run pytest at the root of the repository and return its exit code."""
    print(f"── {name}", flush=True)
    process = subprocess.Popen([python, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, env=_variables(name))
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()  # it got the same signal; let it stop its servers and browsers
        raise


def _variables(name: str) -> dict[str, str]:
    """The environment of a check. Byte code is written: over a hundred processes of the tests import the app."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return variables | ({stores.VARIABLE: "postgres+s3"} if name == ON_POSTGRESQL else {})
