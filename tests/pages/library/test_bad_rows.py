"""Rows that nobody should trust, in the database already: no page fails for them, and no link to them does."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy.exc import DataError
from streamlit.testing.v1 import AppTest

from components.ui.process.workbench import Workbench
from tests.servers import stores
from tests.unit.library.library_fixtures import add, answered, begin
from tests.unit.runs.fake_client import png

# Columns of runs, then of outputs, with what they hold; JSON is reported as text.
BAD: tuple[dict[str, dict[str, Any]], ...] = (
    {
        "runs": {
            "created": 4102444799.0,
            "ended": "soon",
            "n": -5,
            "cost_micros": 2**62,
            "recipe": json.dumps({"values": [1], "inputs": 7}),
            "usage": json.dumps({"output_tokens": {"a": [1]}, "input_tokens": "many"}),
            "error": json.dumps({"title": {"a": 1}, "what": [2], "param": 7}),
            "answer": json.dumps([1]),
            "extra": json.dumps({"batch": {"id": 7, "place": "x"}, "checks": [1], "keep_outside": "x", "schema": 3}),
        },
        "outputs": {"facts": json.dumps({"changed_outside": "x", "other_framing": {"a": 1}}), "created": 1e300},
    },
    {
        "runs": {"created": 1e300, "started": -1e300, "recipe": "{", "error": "7", "usage": "[]", "thrown": 2**62},
        "outputs": {"facts": "[1]", "width": 0, "height": 2**62, "frames": "many", "format": 7, "bytes": -1},
    },
)
REFUSED = (DataError,) if stores.ON_POSTGRES else ()  # its columns take only what is of their type


@pytest.mark.parametrize("bad", BAD, ids=["wrong inside", "wrong outside"])
def test_no_page_fails_for_a_bad_row(bad: dict[str, dict[str, Any]], app: AppTest, workbench: Workbench) -> None:
    """The library, an image's page, comparing, spending, and the pages that a link with its run opens."""
    library = workbench.library
    add(library, begin(library, "bad1"), 0, png(1))
    library.update_run("bad1", state="failed", ended=time.time())
    answered(library, "bad2", library.folder.parent)
    with library.engine.begin() as connection:
        for table, values in bad.items():
            for name, value in values.items():
                # A parameter has a type of its own on PostgreSQL; text between quotes takes the column's.
                given = f"'{value}'" if stores.ON_POSTGRES else "?"
                with suppress(*REFUSED), connection.begin_nested():
                    connection.exec_driver_sql(
                        f"UPDATE {table} SET {name} = {given}", () if stores.ON_POSTGRES else (value,)
                    )
    app.run()
    assert not app.exception
    for page, query in (
        ("library", {}),
        ("library", {"output": "bad1-0"}),
        ("library", {"show": "spending"}),
        ("compare", {"output": "bad1-0"}),
        ("analyze", {"run": "bad2"}),
        ("generate", {"run": "bad1"}),
    ):
        app.switch_page(f"../../pages/{page}.py")
        app.query_params.clear()
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, (page, query, app.exception)
