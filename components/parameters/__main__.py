"""Print the registry's tables, or write them to docs/parameters.md with `--write`."""

import argparse
import sys
from pathlib import Path

from components.parameters.tables import write_tables

parser = argparse.ArgumentParser(prog="python -m components.parameters", description=__doc__)
parser.add_argument("--write", action="store_true", help="write docs/parameters.md instead of printing")
if parser.parse_args().write:
    target = Path(__file__).parents[2] / "docs" / "parameters.md"
    target.write_text(write_tables(), encoding="utf-8")
else:
    sys.stdout.write(write_tables())
