"""The test command: `python3 -m tests` sets up all that the tests need, then runs every check.

It needs nothing but Python: packages go to an environment of their own, and a Chromium is installed where
there is none. What it does not know itself it hands to pytest: `python3 -m tests -k mask`.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 — this very line tells who comes with an older one
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"Image Workbench needs Python 3.11 or newer; this is {version} ({sys.executable}).")

from tests.setup.checks import main

sys.exit(main(sys.argv[1:]))
