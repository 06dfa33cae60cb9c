"""What whoever starts the app is reported when it cannot start."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from components.ui.process.workbench import close_workbench
from components.ui.routes.app_routes import CannotStart, lifespan


async def start() -> None:
    """Begin and end as the server does."""
    async with lifespan(None):
        raise AssertionError("it starts")


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what is wrong, where, and which variable names the folder; no traceback shows."""
    close_workbench()
    folder = tmp_path / "no-folder"
    folder.write_text("a file")
    monkeypatch.setenv("IMAGE_WORKBENCH_DATA", str(folder))
    with pytest.raises(CannotStart) as refusal:
        asyncio.run(start())
    assert f"The folder is {folder}, set by IMAGE_WORKBENCH_DATA." in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_a_setting_that_cannot_be_read_is_named(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error in the environment stops the start with the variable's name and value."""
    close_workbench()
    monkeypatch.setenv("IMAGE_WORKBENCH_RUNS_AT_ONCE", "four")
    with pytest.raises(CannotStart, match="IMAGE_WORKBENCH_RUNS_AT_ONCE is 'four'"):
        asyncio.run(start())
