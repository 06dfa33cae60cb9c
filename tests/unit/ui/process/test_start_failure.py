"""What whoever starts the app is reported when it cannot start."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import subprocess
import sys
from collections import deque
from pathlib import Path
from queue import Queue

import pytest

from components.settings import SETTING_STATUS
from components.ui.access.sign_in.policy import sign_in
from components.ui.process import exports, page_imports
from components.ui.process.start_failure import CannotStart
from components.ui.process.workbench import close_workbench
from components.ui.routes.app_routes import lifespan
from tests.servers.network import free_port
from tests.setup.environment import ROOT

WORKER = ("-m", "components.runs.worker")


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


def test_a_sign_in_that_cannot_work_is_named(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody finds out at the first click, or finds the app open to everybody."""
    close_workbench()
    monkeypatch.setenv("IMAGE_WORKBENCH_SIGN_IN", "header")
    sign_in.cache_clear()
    with pytest.raises(CannotStart, match="SIGN_IN=header needs IMAGE_WORKBENCH_TRUSTED_PROXIES"):
        asyncio.run(start())


@pytest.mark.parametrize("command", [("app.py",), ("-m", "streamlit", "run", "app.py"), WORKER])
def test_a_setting_ends_the_process_with_its_sentence(data_folder: Path, command: tuple[str, ...]) -> None:
    """And with the status that the service is not started again for; no traceback shows."""
    done = ended(data_folder, command, IMAGE_WORKBENCH_RUNS_AT_ONCE="four")
    assert done.returncode == SETTING_STATUS
    assert done.stderr == "IMAGE_WORKBENCH_RUNS_AT_ONCE is 'four', which is not a number\n"


@pytest.mark.parametrize("command", [("app.py",), WORKER])
def test_an_address_that_is_none_of_a_database_is_a_setting(data_folder: Path, command: tuple[str, ...]) -> None:
    """Starting again does not help, as it does where a database is only away; its password is not repeated."""
    url = "mysql://u:hunter2@h/db"
    done = ended(data_folder, command, IMAGE_WORKBENCH_DATABASE_URL=url, OPENAI_API_KEY="sk-test")
    assert done.returncode == SETTING_STATUS
    assert done.stderr.startswith("IMAGE_WORKBENCH_DATABASE_URL is not the address of a PostgreSQL database. ")
    assert "hunter2" not in done.stderr


def test_a_port_that_is_none_is_a_setting(data_folder: Path) -> None:
    """Streamlit itself would end with a traceback, and be started again without end."""
    for port in ("many", "70000"):
        done = ended(data_folder, ("app.py",), STREAMLIT_SERVER_PORT=port)
        assert done.returncode == SETTING_STATUS
        assert done.stderr == f"STREAMLIT_SERVER_PORT is {port!r}, which is not a number up to 65535\n"


def test_a_library_that_is_away_may_be_back_at_the_next_start(data_folder: Path) -> None:
    """The status is another one, for which the service is started again."""
    data_folder.write_text("a file")
    done = ended(data_folder, ("app.py",))
    assert done.returncode == 1
    assert f"The folder is {data_folder}, set by IMAGE_WORKBENCH_DATA." in done.stderr
    assert "Traceback" not in done.stderr


def ended(data: Path, command: tuple[str, ...], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the app until it ends by itself."""
    variables = {**os.environ, "IMAGE_WORKBENCH_DATA": str(data), "STREAMLIT_SERVER_PORT": str(free_port())}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env={**variables, **environment}, capture_output=True, text=True
    )


def test_what_the_pages_need_is_imported_before_the_first_visit(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a runtime, every module that a page or the shell names; the shell itself draws, so it is not imported."""
    imported: list[str] = []
    monkeypatch.setattr(page_imports, "sessions", object)
    monkeypatch.setattr(page_imports, "import_module", imported.append)
    monkeypatch.setattr(page_imports, "leave_out_of_collections", lambda: None)  # it holds for the whole process
    close_workbench()
    frozen = gc.get_freeze_count()
    with pytest.raises(AssertionError, match="it starts"):
        asyncio.run(start())
    assert gc.get_freeze_count() == frozen
    scripts = [ROOT / "components" / "ui" / "shell.py", *(ROOT / "pages").glob("*.py")]
    named = {
        one for script in scripts for one in re.findall(r"^from (components\.ui\S+)", script.read_text("utf-8"), re.M)
    }
    assert len(named) > 20
    assert named <= set(imported)
    assert page_imports.SHELL not in imported


def test_selections_of_ended_sessions_are_removed_while_the_app_runs(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server does it by itself; an error does not end that."""
    calls: Queue[list[str]] = Queue()

    def remove(_: object, names: list[str]) -> None:
        calls.put(names)
        if names == ["export first"]:
            raise RuntimeError("unexpected")

    async def run() -> None:
        async with lifespan(None):
            for name in ("first", "second"):
                exports._ended.append(name)
                assert await asyncio.to_thread(calls.get, timeout=60) == [f"export {name}"]

    monkeypatch.setattr(exports, "REMOVE_SECONDS", 0.01)
    monkeypatch.setattr(exports, "_ended", deque())
    monkeypatch.setattr(exports, "remove_drafts_of", remove)
    close_workbench()
    asyncio.run(run())
