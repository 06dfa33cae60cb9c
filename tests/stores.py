"""Which store libraries of tests are on: SQLite and a folder, unless a variable of the environment names another."""

from __future__ import annotations

import os

VARIABLE = "IMAGE_WORKBENCH_TEST_STORE"
STORE = os.environ.get(VARIABLE, "")
ON_POSTGRES = "postgres" in STORE.split("+")
ON_S3 = "s3" in STORE.split("+")
